//! A surplus, shared at the terminal.

use super::House;

const ORDER: [&str; 9] = ["patronage", "2026", "--first", "2026-01", "--last", "2026-10", "--cash", "20 %", "--surplus"];

fn order<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ORDER.iter().copied().chain(more.iter().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn d18_a_surplus_is_shared_at_the_terminal_once() {
    let house = House::with_coop().await;
    let made = house.run(&order(&["100.01", "--hours", "mara=8", "--by", "Ana", "--json"])).await;
    let value = made.json();
    assert_eq!((made.code, &value["newly"], &value["shares"][0]["amount"]), (0, &true.into(), &10_001.into()), "{made:?}");
    assert_eq!((&value["shares"][0]["cash"], &value["shares"][0]["retained"]), (&2_000.into(), &8_001.into()), "{made:?}");
    let again = house.run(&order(&["100.01", "--hours", "mara=8"])).await;
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.out.contains("was shared out before") && again.out.contains("Mara") && again.out.contains("80.01 EUR"), "{}", again.out);
    let other = house.run(&order(&["50", "--hours", "mara=8", "--json"])).await;
    assert_eq!((other.code, &other.json()["error"]["kind"]), (3, &"refused".into()), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn d18_what_cannot_be_shared_is_refused_with_its_cure() {
    let house = House::with_coop().await;
    for (more, culprit, cure) in [
        (&["1.005", "--hours", "mara=8"][..], "1.005", "1200.50"),
        (&["100", "--hours", "mara"], "mara", "mara=120"),
        (&["100", "--hours", "tom=8"], "tom", "mara"),
        (&["100", "--hours", "mara=8", "--hours", "mara=9"], "mara", "twice"),
        (&["0", "--hours", "mara=8"], "surplus of 0", "positive"),
        (&["100"], "nobody took part", "metric"),
    ] {
        let ended = house.run(&order(more)).await;
        assert_eq!(ended.code, 3, "{more:?}: {ended:?}");
        assert!(ended.err.contains(culprit) && ended.err.contains(cure), "{more:?}: {ended:?}");
    }
    let wrong = house.run(&["patronage", "2026", "--first", "2026-01", "--last", "2026-10", "--surplus", "1", "--cash", "lots"]).await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
