//! Who lives in the demo, and what they sell. All of it is made up.

/// A maker and two things that she or he sells.
pub(super) struct Maker {
    pub(super) handle: &'static str,
    pub(super) name: &'static str,
    /// It is not paid less than this, in cents.
    pub(super) minimum_payout: i64,
    pub(super) account: Account,
    pub(super) goods: [Good; 2],
}

/// How a party stands with Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// It can be paid.
    Ready,
    /// Opened, but its owner has not told Stripe what it must know.
    Begun,
    /// There is none.
    None,
}

/// Something to sell.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) sku: &'static str,
    pub(super) description: &'static str,
    /// In cents, tax inside.
    pub(super) price: i64,
    /// Hundredths of the net price.
    pub(super) tax_percent: i64,
    /// How often it is taken, among all goods.
    pub(super) weight: u64,
}

const fn good(sku: &'static str, description: &'static str, price: i64, weight: u64) -> Good {
    Good { sku, description, price, tax_percent: 21, weight }
}

const fn food(sku: &'static str, description: &'static str, price: i64, weight: u64) -> Good {
    Good { sku, description, price, tax_percent: 9, weight }
}

const fn maker(handle: &'static str, name: &'static str, goods: [Good; 2]) -> Maker {
    Maker { handle, name, minimum_payout: 0, account: Account::Ready, goods }
}

pub(super) static MAKERS: [Maker; 15] = [
    maker("ana", "Ana Visser", [good("mug", "Salt-glazed mug", 2_400, 9), good("bowl", "Serving bowl", 3_800, 4)]),
    maker("bram", "Bram de Wit", [good("board", "Oak cutting board", 3_200, 5), good("spoon", "Cherry spoon", 1_450, 6)]),
    maker("chidi", "Chidi Okafor", [good("wallet", "Card wallet", 4_500, 4), good("keyring", "Leather key ring", 950, 7)]),
    maker("dina", "Dina Koster", [good("scarf", "Woven scarf", 5_400, 3), good("tea-towel", "Linen tea towel", 1_200, 8)]),
    maker("emre", "Emre Yıldız", [good("tumbler", "Blown tumbler", 1_800, 6), good("vase", "Tall vase", 6_200, 2)]),
    maker("fleur", "Fleur Jansen", [good("print", "Harbour print, A3", 2_200, 5), good("card", "Letterpress card", 350, 9)]),
    maker("goran", "Goran Petrović", [good("hook", "Forged wall hook", 1_100, 5), good("candlestick", "Iron candlestick", 4_100, 2)]),
    maker("hanna", "Hanna Smit", [good("soap", "Sea-salt soap", 675, 10), good("balm", "Beeswax balm", 825, 6)]),
    maker("ines", "Inês Alves", [good("earrings", "Silver earrings", 3_600, 4), good("ring", "Hammered ring", 5_800, 2)]),
    maker("joris", "Joris Bakker", [food("honey", "Dune honey, 450 g", 795, 10), food("mustard", "Coarse mustard", 540, 7)]),
    maker("kofi", "Kofi Mensah", [good("basket", "Willow basket", 2_900, 4), good("mat", "Rush mat", 1_900, 4)]),
    maker("lotte", "Lotte Mulder", [good("blocks", "Building blocks", 3_400, 3), good("rattle", "Beech rattle", 1_250, 5)]),
    Maker {
        minimum_payout: 15_000,
        ..maker("oskar", "Oskar Lind", [good("magnet", "Tin magnet", 250, 3), good("badge", "Enamel badge", 450, 2)])
    },
    Maker {
        account: Account::Begun,
        ..maker("petra", "Petra Vos", [good("beanie", "Wool beanie", 2_700, 4), good("mittens", "Mittens", 2_100, 4)])
    },
    Maker {
        account: Account::None,
        ..maker("quinn", "Quinn Doyle", [good("lamp", "Paper lamp", 4_800, 2), good("notebook", "Sewn notebook", 1_300, 5)])
    },
];

/// The zine that several people make together: handles and parts.
pub(super) const ZINE: Good = good("zine", "The Harbour Zine", 900, 9);
pub(super) const CONTRIBUTORS: [(&str, u32); 3] = [("fleur", 3), ("quinn", 1), ("dina", 1)];

/// Somebody who gets a share without making goods.
pub(super) struct Partner {
    pub(super) handle: &'static str,
    pub(super) name: &'static str,
    /// Its share of the gross, as people write it.
    pub(super) share: &'static str,
}

pub(super) const VENUES: [Partner; 2] = [
    Partner { handle: "quay-hall", name: "Quay Hall", share: "12 %" },
    Partner { handle: "old-church", name: "Old Church Market", share: "9.5 %" },
];

pub(super) const AFFILIATES: [Partner; 3] = [
    Partner { handle: "canal-notes", name: "Canal Notes (a letter)", share: "8 %" },
    Partner { handle: "tide-radio", name: "Tide Radio (a podcast)", share: "6 %" },
    Partner { handle: "dockside", name: "Dockside Guide", share: "5 %" },
];

pub(super) const POOL: (&str, &str) = ("materials", "Materials fund");

/// Who drafts payouts, and who approves them.
pub(super) const TREASURERS: [(&str, &str); 2] = [("Marit Hoekstra", "marit"), ("Sven Aalto", "sven")];

/// An address that reaches nobody.
pub(super) fn email(handle: &str) -> String {
    format!("{handle}@harbour-makers.example")
}
