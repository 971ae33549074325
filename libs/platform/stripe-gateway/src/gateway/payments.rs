//! Collecting money from buyers, giving it back, and defending it.

use stripe_client_core::StripeRequest;
use stripe_core::{
    customer::CreateCustomer,
    dispute::{UpdateDispute, UpdateDisputeEvidence},
    payment_intent::{
        CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods, CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects,
    },
    refund::CreateRefund,
};

use super::{
    Gateway,
    request::{currency, hash_map, id},
};
use crate::{
    GatewayError, IdempotencyKey,
    objects::{Customer, Dispute, Metadata, PaymentIntent, Refund},
};

/// A buyer to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerAsk {
    /// The mail address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// Our own keys.
    pub metadata: Metadata,
}

/// A payment to collect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentIntentAsk {
    /// In Stripe's minor units of the currency.
    pub amount: i64,
    /// Three letters.
    pub currency: String,
    /// `pm_…`, needed to confirm.
    pub payment_method: Option<String>,
    /// Whether to collect at once. Methods that lead the buyer to another page are then left out.
    pub confirm: bool,
    /// `cus_…`
    pub customer: Option<String>,
    /// Our name for the sale.
    pub transfer_group: Option<String>,
    /// Our own keys.
    pub metadata: Metadata,
}

/// What a refund gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunded {
    /// A charge, `ch_…`.
    Charge(String),
    /// The charge of a payment intent, `pi_…`.
    PaymentIntent(String),
}

/// Money to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsk {
    /// What is given back.
    pub of: Refunded,
    /// How much; all that is left, if not said.
    pub amount: Option<i64>,
    /// Our own keys.
    pub metadata: Metadata,
}

/// Evidence in a dispute; what is not given stays as it was. Dates are text for people, files are ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What was sold.
    pub product_description: Option<String>,
    /// Who bought it.
    pub customer_name: Option<String>,
    /// Their mail address.
    pub customer_email_address: Option<String>,
    /// When the service was given.
    pub service_date: Option<String>,
    /// When it was sent.
    pub shipping_date: Option<String>,
    /// Who carried it.
    pub shipping_carrier: Option<String>,
    /// Under which number.
    pub shipping_tracking_number: Option<String>,
    /// The receipt, `file_…`.
    pub receipt: Option<String>,
    /// Anything else worth saying.
    pub uncategorized_text: Option<String>,
}

impl Gateway {
    /// Remembers a buyer.
    #[tracing::instrument(name = "stripe.create_customer", skip_all, fields(%key))]
    pub async fn create_customer(&self, ask: &CustomerAsk, key: &IdempotencyKey) -> Result<Customer, GatewayError> {
        let mut request = CreateCustomer::new().metadata(hash_map(&ask.metadata));
        if let Some(email) = &ask.email {
            request = request.email(email);
        }
        if let Some(name) = &ask.name {
            request = request.name(name);
        }
        self.call("POST /v1/customers", request.build(), Some(key)).await
    }

    /// Starts to collect a payment, or collects it at once.
    #[tracing::instrument(name = "stripe.create_payment_intent", skip_all, fields(%key, transfer_group = ask.transfer_group))]
    pub async fn create_payment_intent(&self, ask: &PaymentIntentAsk, key: &IdempotencyKey) -> Result<PaymentIntent, GatewayError> {
        let mut methods = CreatePaymentIntentAutomaticPaymentMethods::new(true);
        if ask.confirm {
            methods.allow_redirects = Some(CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects::Never);
        }
        let mut request = CreatePaymentIntent::new(ask.amount, currency(&ask.currency)?)
            .automatic_payment_methods(methods)
            .confirm(ask.confirm)
            .metadata(hash_map(&ask.metadata));
        if let Some(method) = &ask.payment_method {
            request = request.payment_method(method);
        }
        if let Some(customer) = &ask.customer {
            request = request.customer(customer);
        }
        if let Some(group) = &ask.transfer_group {
            request = request.transfer_group(group);
        }
        self.call("POST /v1/payment_intents", request.build(), Some(key)).await
    }

    /// Gives money back to a buyer. Transfers to members stay as they are.
    #[tracing::instrument(name = "stripe.create_refund", skip_all, fields(%key, of = ?ask.of))]
    pub async fn create_refund(&self, ask: &RefundAsk, key: &IdempotencyKey) -> Result<Refund, GatewayError> {
        let mut request = CreateRefund::new().metadata(hash_map(&ask.metadata));
        request = match &ask.of {
            Refunded::Charge(charge) => request.charge(charge),
            Refunded::PaymentIntent(intent) => request.payment_intent(intent),
        };
        if let Some(amount) = ask.amount {
            request = request.amount(amount);
        }
        self.call("POST /v1/refunds", request.build(), Some(key)).await
    }

    /// Stages evidence in a dispute, or hands it in, which can be done once.
    #[tracing::instrument(name = "stripe.submit_dispute_evidence", skip_all, fields(%key, dispute, submit))]
    pub async fn submit_dispute_evidence(
        &self,
        dispute: &str,
        evidence: Evidence,
        submit: bool,
        key: &IdempotencyKey,
    ) -> Result<Dispute, GatewayError> {
        let mut fields = UpdateDisputeEvidence::new();
        fields.product_description = evidence.product_description;
        fields.customer_name = evidence.customer_name;
        fields.customer_email_address = evidence.customer_email_address;
        fields.service_date = evidence.service_date;
        fields.shipping_date = evidence.shipping_date;
        fields.shipping_carrier = evidence.shipping_carrier;
        fields.shipping_tracking_number = evidence.shipping_tracking_number;
        fields.receipt = evidence.receipt;
        fields.uncategorized_text = evidence.uncategorized_text;
        let request = UpdateDispute::new(id(dispute)?).evidence(fields).submit(submit);
        self.call("POST /v1/disputes/:id", request.build(), Some(key)).await
    }
}
