//! Fields that hold an id, or the whole object when the request asked to expand it.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// An object that has an id.
pub trait Identified {
    /// Stripe's id, such as `ch_…`.
    fn id(&self) -> &str;
}

/// Any object at all, of which only the id interests us.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AnyObject {
    /// Stripe's id.
    pub id: String,
}

/// A reference to a `T`: its id, or itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expandable<T> {
    /// The id alone.
    Id(String),
    /// The object, expanded.
    Object(Box<T>),
}

impl<T: Identified> Expandable<T> {
    /// The id, whichever form came.
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

impl<T> Expandable<T> {
    /// The object, where it was expanded.
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdOrObject(PhantomData))
    }
}

/// By hand, because an untagged enumeration buffers its input and loses the path of an error.
struct IdOrObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for IdOrObject<T> {
    type Value = Expandable<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id or an object")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Expandable::Id(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Expandable::Object(Box::new(object)))
    }
}

macro_rules! identified {
    ($($object:ty),+ $(,)?) => {
        $(impl Identified for $object {
            fn id(&self) -> &str {
                &self.id
            }
        })+
    };
}

identified!(
    AnyObject,
    super::Account,
    super::BalanceTransaction,
    super::Charge,
    super::CheckoutSession,
    super::Customer,
    super::Dispute,
    super::PaymentIntent,
    super::Payout,
    super::Refund,
    super::Transfer,
    super::TransferReversal,
    super::WebhookEndpoint,
);
