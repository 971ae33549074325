//! Random lives of a co-op's stock, against a model in memory: what came in is where the movements say it is, always.

use std::collections::BTreeMap;

use ::stock::{
    CountId, MovementKind, NewCount, NewTransfer, PullBack, Purpose, Report, Reservation, StockError, Through, TransferId, verify,
};
use chrono::TimeDelta;
use kernel::{LocationId, LotId, VariantId};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use uuid::Uuid;

use super::stage::{Stage, movement};
use crate::world::in_coop;

const STEPS: usize = 120;

/// One thing that somebody does; numbers choose among what is there.
#[derive(Clone, Debug)]
enum Act {
    Receive { maker: usize, scarf: bool, quantity: i32 },
    Reserve { mugs: i32, scarves: i32, at_stall: bool, through: bool },
    Confirm(usize),
    LetGo(usize),
    Wait(i64),
    Expire,
    Report { lot: usize, kind: usize, quantity: i32 },
    Send { lot: usize, quantity: i32 },
    TakeIn { transfer: usize, missing: i32 },
    Count { lot: usize, counted: i32 },
    Allocate { lot: usize, quantity: i32 },
    PullBack(usize),
    Recall(usize),
    End,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..3_usize, any::<bool>(), 1..12_i32).prop_map(|(maker, scarf, quantity)| Act::Receive { maker, scarf, quantity }),
        6 => (0..5_i32, 0..5_i32, any::<bool>(), any::<bool>())
            .prop_map(|(mugs, scarves, at_stall, through)| Act::Reserve { mugs, scarves, at_stall, through }),
        4 => any::<usize>().prop_map(Act::Confirm),
        2 => any::<usize>().prop_map(Act::LetGo),
        2 => (1..20_i64).prop_map(Act::Wait),
        1 => Just(Act::Expire),
        2 => (any::<usize>(), 0..4_usize, 1..6_i32).prop_map(|(lot, kind, quantity)| Act::Report { lot, kind, quantity }),
        2 => (any::<usize>(), 1..6_i32).prop_map(|(lot, quantity)| Act::Send { lot, quantity }),
        2 => (any::<usize>(), 0..3_i32).prop_map(|(transfer, missing)| Act::TakeIn { transfer, missing }),
        1 => (any::<usize>(), 0..12_i32).prop_map(|(lot, counted)| Act::Count { lot, counted }),
        2 => (any::<usize>(), 1..6_i32).prop_map(|(lot, quantity)| Act::Allocate { lot, quantity }),
        1 => any::<usize>().prop_map(Act::PullBack),
        1 => any::<usize>().prop_map(Act::Recall),
        1 => Just(Act::End),
    ]
}

/// A lot at a location, as the model has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    on_hand: i64,
    reserved: i64,
    allocated: i64,
}

#[derive(Default)]
struct Model {
    cells: BTreeMap<(LotId, LocationId), Cell>,
    lots: Vec<(LotId, VariantId, usize, bool)>,
    holds: Vec<Reservation>,
    transfers: Vec<(TransferId, LotId, i32)>,
    allocations: Vec<(::stock::AllocationId, LotId, i64)>,
    received: i64,
    gone: i64,
}

impl Model {
    fn cell(&mut self, lot: LotId, location: LocationId) -> &mut Cell {
        self.cells.entry((lot, location)).or_default()
    }

    fn free(&self, lot: LotId, location: LocationId) -> i64 {
        let cell = self.cells.get(&(lot, location)).copied().unwrap_or_default();
        cell.on_hand - cell.reserved - cell.allocated
    }

    fn pick(&self, number: usize) -> Option<(LotId, VariantId, usize, bool)> {
        (!self.lots.is_empty()).then(|| self.lots[number % self.lots.len()])
    }

    /// What could be held of a variant.
    fn available(&self, variant: VariantId, location: Option<LocationId>, through: bool) -> i64 {
        let sold = |lot: LotId| self.lots.iter().any(|known| known.0 == lot && known.1 == variant && !known.3);
        let here = self.cells.iter().filter(|((lot, at), _)| sold(*lot) && location.is_none_or(|location| location == *at));
        here.map(|(_, cell)| cell.on_hand - cell.reserved - if through { 0 } else { cell.allocated }).sum()
    }

    /// A hold ends without a sale.
    fn free_again(&mut self, held: &Reservation) {
        for line in &held.lines {
            let cell = self.cell(line.lot, line.location);
            cell.reserved -= i64::from(line.quantity);
            if let Some(allocation) = line.allocation {
                cell.allocated += i64::from(line.quantity);
                self.allocations.iter_mut().find(|known| known.0 == allocation).unwrap().2 += i64::from(line.quantity);
            }
        }
    }

    /// What nobody holds of a lot that is recalled goes back.
    fn go_back(&mut self, lot: LotId) {
        for allocation in self.allocations.iter_mut().filter(|known| known.1 == lot) {
            allocation.2 = 0;
        }
        for cell in self.cells.iter_mut().filter(|((of, _), _)| *of == lot).map(|(_, cell)| cell) {
            self.gone += cell.on_hand - cell.reserved;
            (cell.on_hand, cell.allocated) = (cell.reserved, 0);
        }
    }
}

/// Whether it was done, where the model says whether it can be.
#[track_caller]
fn as_expected<T: std::fmt::Debug>(result: Result<T, StockError>, expected: bool) -> Option<T> {
    match result {
        Ok(done) => {
            assert!(expected, "the model refuses, the database did not: {done:?}");
            Some(done)
        }
        Err(StockError::Short { .. } | StockError::LotShort(_) | StockError::Over { .. } | StockError::NoLocation(_)) if !expected => None,
        Err(error) => panic!("expected {expected}: {error:?}"),
    }
}

async fn reserve(stage: &Stage, model: &mut Model, lines: &[(VariantId, i32)], at_stall: bool, through: bool) {
    let location = at_stall.then_some(stage.stall);
    let through = through.then_some(Through { purpose: Purpose::Web, name: None });
    let can = lines.iter().all(|(variant, quantity)| model.available(*variant, location, through.is_some()) >= i64::from(*quantity));
    let demand = ::stock::Demand { location, through, ..stage.demand(lines) };
    let Some(held) = as_expected(stage.reserve(&demand).await, can) else { return };
    for line in &held.lines {
        let cell = model.cell(line.lot, line.location);
        cell.reserved += i64::from(line.quantity);
        if let Some(allocation) = line.allocation {
            cell.allocated -= i64::from(line.quantity);
            model.allocations.iter_mut().find(|known| known.0 == allocation).unwrap().2 -= i64::from(line.quantity);
        }
    }
    model.holds.push(held);
}

async fn confirm(stage: &Stage, model: &mut Model, number: usize) {
    if model.holds.is_empty() {
        return;
    }
    let place = number % model.holds.len();
    let (id, runs_until) = (model.holds[place].id, model.holds[place].expires_at);
    if as_expected(stage.confirm(id).await, runs_until > stage.clock.now()).is_some() {
        for line in model.holds.remove(place).lines {
            let cell = model.cell(line.lot, line.location);
            cell.reserved -= i64::from(line.quantity);
            cell.on_hand -= i64::from(line.quantity);
            model.gone += i64::from(line.quantity);
        }
    }
}

async fn report(stage: &Stage, model: &mut Model, lot: LotId, kind: usize, quantity: i32) {
    let kinds = [MovementKind::TakenBack, MovementKind::Lost, MovementKind::Returned, MovementKind::Donated];
    let report = Report { id: movement(), kind: kinds[kind], lot, location: stage.studio, quantity, reason: None };
    let units = i64::from(if kind == 0 { quantity } else { -quantity });
    let can = units > 0 || model.free(lot, stage.studio) >= -units;
    if as_expected(stage.stock.report(&stage.ana, &report).await, can).is_some() {
        model.cell(lot, stage.studio).on_hand += units;
        model.gone -= units;
    }
}

async fn send(stage: &Stage, model: &mut Model, lot: LotId, quantity: i32) {
    let id = TransferId(Uuid::now_v7());
    let new = NewTransfer { id, from: stage.studio, to: stage.stall, lines: vec![(lot, quantity)], note: None };
    let can = model.free(lot, stage.studio) >= i64::from(quantity);
    if as_expected(stage.stock.send(&stage.ana, &new).await, can).is_some() {
        model.cell(lot, stage.studio).on_hand -= i64::from(quantity);
        model.transfers.push((id, lot, quantity));
    }
}

async fn count(stage: &Stage, model: &mut Model, lot: LotId, counted: i32) {
    let new = NewCount { id: CountId(Uuid::now_v7()), location: stage.studio, lines: vec![(lot, counted)], note: None };
    let cell = *model.cell(lot, stage.studio);
    let can = i64::from(counted) >= cell.reserved + cell.allocated;
    if as_expected(stage.stock.count(&stage.ana, &new).await, can).is_some() {
        model.gone += cell.on_hand - i64::from(counted);
        model.cell(lot, stage.studio).on_hand = counted.into();
    }
}

async fn play(stage: &Stage, model: &mut Model, act: Act) {
    match act {
        Act::Receive { maker, scarf, quantity } => {
            let variant = if scarf { stage.scarf } else { stage.mug };
            let lot = stage.lot(maker, variant, quantity).await;
            model.lots.push((lot, variant, maker, false));
            model.cell(lot, stage.studio).on_hand = quantity.into();
            model.received += i64::from(quantity);
        }
        Act::Reserve { mugs, scarves, at_stall, through } => {
            let lines: Vec<_> = [(stage.mug, mugs), (stage.scarf, scarves)].into_iter().filter(|(_, quantity)| *quantity > 0).collect();
            if !lines.is_empty() {
                reserve(stage, model, &lines, at_stall, through).await;
            }
        }
        Act::Confirm(number) => confirm(stage, model, number).await,
        Act::LetGo(number) if !model.holds.is_empty() => {
            let held = model.holds.remove(number % model.holds.len());
            stage.stock.let_go(&stage.ana, held.id).await.unwrap();
            model.free_again(&held);
        }
        Act::Wait(minutes) => stage.pass(TimeDelta::minutes(minutes)),
        Act::Expire => {
            let now = stage.clock.now();
            let over: Vec<Reservation> = model.holds.extract_if(.., |held| held.expires_at <= now).collect();
            assert_eq!(stage.expire().await, over.len());
            for held in &over {
                model.free_again(held);
            }
        }
        Act::TakeIn { transfer, missing } if !model.transfers.is_empty() => {
            let (id, lot, sent) = model.transfers.remove(transfer % model.transfers.len());
            let arrived = (sent - missing).max(0);
            stage.stock.take_in(&stage.ana, id, &[(lot, arrived)]).await.unwrap();
            model.cell(lot, stage.stall).on_hand += i64::from(arrived);
            model.gone += i64::from(sent - arrived);
        }
        Act::PullBack(number) if !model.allocations.is_empty() => {
            let place = number % model.allocations.len();
            let (allocation, lot, rest) = model.allocations[place];
            stage.stock.pull_back(&stage.ana, PullBack { movement: movement(), allocation, quantity: None }).await.unwrap();
            model.allocations[place].2 = 0;
            model.cell(lot, stage.studio).allocated -= rest;
        }
        Act::End => {
            stage.end_lots().await;
            let recalled: Vec<LotId> = model.lots.iter().filter(|lot| lot.3).map(|lot| lot.0).collect();
            for lot in recalled {
                model.go_back(lot);
            }
        }
        Act::LetGo(_) | Act::TakeIn { .. } | Act::PullBack(_) => {}
        Act::Report { .. } | Act::Send { .. } | Act::Count { .. } | Act::Allocate { .. } | Act::Recall(_) => {
            with_a_lot(stage, model, act).await;
        }
    }
}

async fn with_a_lot(stage: &Stage, model: &mut Model, act: Act) {
    let number = match act {
        Act::Report { lot, .. } | Act::Send { lot, .. } | Act::Count { lot, .. } | Act::Allocate { lot, .. } | Act::Recall(lot) => lot,
        other => panic!("{other:?} is of no lot"),
    };
    let Some((lot, _, maker, _)) = model.pick(number) else { return };
    match act {
        Act::Report { kind, quantity, .. } => report(stage, model, lot, kind, quantity).await,
        Act::Send { quantity, .. } => send(stage, model, lot, quantity).await,
        Act::Count { counted, .. } => count(stage, model, lot, counted).await,
        Act::Allocate { quantity, .. } if model.free(lot, stage.studio) >= i64::from(quantity) => {
            let id = stage.allocate(lot, Purpose::Web, "", quantity).await;
            model.allocations.push((id, lot, quantity.into()));
            model.cell(lot, stage.studio).allocated += i64::from(quantity);
        }
        Act::Recall(_) => {
            let was = model.lots.iter_mut().find(|known| known.0 == lot).unwrap();
            was.3 = true;
            stage.stock.recall(&stage.maker(maker), lot, None).await.unwrap();
            model.go_back(lot);
        }
        _ => {}
    }
}

/// The database's sums are the model's, and units neither came from nowhere nor went there.
async fn compare(stage: &Stage, model: &Model) {
    let coop = stage.coop.id;
    let lots: Vec<LotId> = model.lots.iter().map(|lot| lot.0).collect();
    let places = in_coop(&stage.db, coop, async |tx| ::stock::places_of_lots(tx, coop, &lots).await.unwrap()).await;
    let kept: BTreeMap<_, _> = places
        .iter()
        .map(|place| {
            let level = place.level;
            ((place.lot, place.location), Cell { on_hand: level.on_hand, reserved: level.reserved, allocated: level.allocated })
        })
        .collect();
    let modelled: BTreeMap<_, _> = model.cells.iter().filter(|(_, cell)| cell.on_hand > 0).map(|(key, cell)| (*key, *cell)).collect();
    assert_eq!(kept, modelled);
    let sums = in_coop(&stage.db, coop, async |tx| ::stock::sums_of_lots(tx, coop, &lots).await.unwrap()).await;
    let mut under_way = 0;
    for (lot, sums) in sums {
        let out = sums.on_hand + sums.under_way + sums.sold + sums.returned + sums.lost + sums.donated + sums.pooled;
        assert_eq!(sums.received + sums.counted, out, "{lot}: {sums:?}");
        under_way += sums.under_way;
    }
    let on_hand: i64 = kept.values().map(|cell| cell.on_hand).sum();
    assert_eq!(model.received, on_hand + under_way + model.gone);
}

#[tokio::test]
async fn b2_b5_b6_b7_through_any_life_the_stock_is_what_the_movements_say() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let acts = prop::collection::vec(act(), STEPS).new_tree(&mut runner).unwrap().current();
        let stage = Stage::open().await;
        let mut model = Model::default();
        for (step, act) in acts.iter().enumerate() {
            let told = format!("step {step} of {acts:?}");
            play(&stage, &mut model, act.clone()).await;
            if step % 20 == 19 {
                compare(&stage, &model).await;
                let verdict = verify(&stage.db.pools.orm, stage.coop.id).await.unwrap();
                assert_eq!(verdict.difference, None, "{told}");
            }
        }
        compare(&stage, &model).await;
    }
}
