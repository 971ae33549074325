//! Split agreements: looked at, tried out on a made-up sale and on the sales of the last days, adopted.

mod agreement;
mod mutation;
mod trial;

pub(crate) use agreement::{AGREEMENT, Agreement, AgreementLayer, AgreementQuery, AgreementVersion, VERSION, agreement, version};
pub(crate) use mutation::AgreementMutation;
pub(crate) use trial::TrialQuery;
