//! An offer and its prices.

use chrono::{DateTime, Utc};
use kernel::{Currency, Money, OfferId, PartyId, VariantId};

use crate::Channel;

/// One maker's offer of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub id: OfferId,
    /// Of which variant.
    pub variant: VariantId,
    /// Who makes it.
    pub maker: PartyId,
    /// What the maker calls it.
    pub sku: Option<String>,
    /// Since when it is offered.
    pub created_at: DateTime<Utc>,
    /// Since when it is not offered any more.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// What it costs.
    pub prices: Vec<Price>,
}

/// What a buyer pays for one, tax inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// How much.
    pub amount: Money,
    /// Where; `None`: wherever there is no price of its own.
    pub channel: Option<Channel>,
}

impl Offer {
    /// What it costs there in that currency: the channel's own price, else the one for all.
    pub fn price(&self, channel: Channel, currency: Currency) -> Option<Money> {
        let of = |wanted: Option<Channel>| {
            let mut known = self.prices.iter().filter(|price| price.amount.currency == currency);
            known.find(|price| price.channel == wanted).map(|price| price.amount)
        };
        of(Some(channel)).or_else(|| of(None))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_channels_own_price_comes_before_the_one_for_all() {
        let (eur, usd): (Currency, Currency) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
        let price = |minor, channel| Price { amount: Money::new(minor, eur), channel };
        let offer = Offer {
            id: OfferId(Uuid::nil()),
            variant: VariantId(Uuid::nil()),
            maker: PartyId(1),
            sku: None,
            created_at: DateTime::UNIX_EPOCH,
            withdrawn_at: None,
            prices: vec![price(1_000, None), price(900, Some(Channel::Stream))],
        };
        assert_eq!(offer.price(Channel::Stream, eur), Some(Money::new(900, eur)));
        assert_eq!(offer.price(Channel::Till, eur), Some(Money::new(1_000, eur)));
        assert_eq!(offer.price(Channel::Till, usd), None);
    }
}
