//! What a mutation returns: its result, or why there is none.

/// Makes the payload of a mutation: one nullable field and the problems.
///
/// ```ignore
/// payload! {
///     /// What became of holding a run.
///     HoldPayoutRunPayload {
///         /// The run.
///         run: PayoutRun
///     }
/// }
/// HoldPayoutRunPayload::of(async { … Ok(run) }).await
/// ```
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty }) => {
        $(#[$doc])*
        #[derive(Debug, async_graphql::SimpleObject)]
        pub(crate) struct $name {
            $(#[$field_doc])*
            ///
            /// Null when there are problems.
            $field: Option<$type>,
            /// Why not; empty when it was done.
            problems: Vec<$crate::graphql::base::Problem>,
        }

        impl $name {
            /// The result as data: refusals are problems, faults and strangers are errors.
            pub(crate) async fn of(
                work: impl Future<Output = $crate::graphql::base::Answer<$type>>,
            ) -> $crate::graphql::base::Answer<Self> {
                match work.await {
                    Ok(done) => Ok(Self { $field: Some(done), problems: Vec::new() }),
                    Err(failure) => Ok(Self { $field: None, problems: failure.into_problems()? }),
                }
            }
        }
    };
}

pub(crate) use payload;
