// Drives the stand-in at SIM_URL as any user of Stripe's official package would, and leaves what it got in samples.ts for tsc.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import Stripe from 'stripe';

const at = new URL(process.env.SIM_URL);
const stripe = new Stripe('sk_test_stranger', { host: at.hostname, port: at.port, protocol: 'http', maxNetworkRetries: 0 });
const control = (path, body) =>
  fetch(new URL(`/_sim${path}`, at), { method: 'POST', body: JSON.stringify(body ?? {}), headers: { 'content-type': 'application/json' } });
const samples = [];
const sample = (type, object) => {
  samples.push([type, object]);
  return object;
};

const received = [];
const receiver = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ raw: Buffer.concat(chunks), signature: request.headers['stripe-signature'] });
    response.end('{}');
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const hook = `http://127.0.0.1:${receiver.address().port}`;
const endpoint = sample('WebhookEndpoint', await stripe.webhookEndpoints.create({ url: hook, enabled_events: ['*'] }));

const customer = sample('Customer', await stripe.customers.create({ email: 'ana@example.org', metadata: { person: '1' } }));
const opened = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur', customer: customer.id, metadata: { sale: '7' } });
const intent = sample('PaymentIntent', await stripe.paymentIntents.confirm(opened.id, { payment_method: 'pm_card_visa' }));
assert.equal(intent.status, 'succeeded');
const charge = sample('Charge', await stripe.charges.retrieve(intent.latest_charge, { expand: ['balance_transaction'] }));
assert.equal(charge.balance_transaction.fee, 88);
sample('BalanceTransaction', charge.balance_transaction);

const refund = sample('Refund', await stripe.refunds.create({ payment_intent: intent.id, amount: 200, metadata: { line: '1' } }));
assert.equal(refund.amount, 200);

const disputed = await stripe.paymentIntents.create({ amount: 900, currency: 'eur', payment_method: 'pm_card_createDispute', confirm: true });
const [dispute] = (await stripe.disputes.list({ charge: disputed.latest_charge })).data;
await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' }, submit: true });
assert.equal(sample('Dispute', await stripe.disputes.retrieve(dispute.id)).status, 'won');

const account = await stripe.accounts.create({ type: 'express', country: 'DE', email: 'ben@example.org' });
sample(
  'AccountLink',
  await stripe.accountLinks.create({ account: account.id, type: 'account_onboarding', return_url: hook, refresh_url: hook }),
);
await control(`/accounts/${account.id}/onboard`);
assert.equal(sample('Account', await stripe.accounts.retrieve(account.id)).payouts_enabled, true);

const transfer = await stripe.transfers.create(
  { amount: 1000, currency: 'eur', destination: account.id, source_transaction: charge.id, metadata: { line: '9' } },
  { idempotencyKey: 'line-9' },
);
const again = await stripe.transfers.create(
  { amount: 1000, currency: 'eur', destination: account.id, source_transaction: charge.id, metadata: { line: '9' } },
  { idempotencyKey: 'line-9' },
);
assert.equal(again.id, transfer.id);
assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
await assert.rejects(
  stripe.transfers.create({ amount: 1, currency: 'eur', destination: account.id }, { idempotencyKey: 'line-9' }),
  (error) => error instanceof Stripe.errors.StripeIdempotencyError,
);
await assert.rejects(
  stripe.transfers.create({ amount: 99999, currency: 'eur', destination: account.id }),
  (error) => error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'balance_insufficient',
);
await assert.rejects(
  stripe.paymentIntents.create({ amount: 5000, currency: 'eur', payment_method: 'pm_card_chargeDeclined', confirm: true }),
  (error) => error instanceof Stripe.errors.StripeCardError && error.decline_code === 'generic_decline',
);
sample('TransferReversal', await stripe.transfers.createReversal(transfer.id, { amount: 400 }));
assert.equal(sample('Transfer', await stripe.transfers.retrieve(transfer.id)).amount_reversed, 400);

await control('/clock', { advance_secs: 3 * 86400 });
const payout = await stripe.payouts.create({ amount: 500, currency: 'eur' }, { stripeAccount: account.id });
sample('Payout', payout);
sample('Balance', await stripe.balance.retrieve({}, { stripeAccount: account.id }));

let listed = 0;
for await (const event of stripe.events.list({ limit: 5 })) {
  assert.equal(event.api_version, Stripe.API_VERSION ?? event.api_version);
  listed += 1;
}
await fetch(new URL('/_sim/webhooks/idle', at));
assert.equal(received.length, listed);
for (const { raw, signature } of received) {
  const event = stripe.webhooks.constructEvent(raw, signature, endpoint.secret);
  if (['charge.updated', 'transfer.created', 'charge.dispute.closed'].includes(event.type)) sample('Event', event);
}
assert.throws(() => stripe.webhooks.constructEvent('{}', received[0].signature, endpoint.secret));
// A pooled connection that was never used counts as busy and would keep this process alive.
receiver.close();
receiver.closeAllConnections();

const lines = samples.map(([type, object], i) => `export const sample${i} = ${JSON.stringify(object, null, 2)} satisfies Stripe.${type};`);
writeFileSync('samples.ts', `import type Stripe from 'stripe';\n\n${lines.join('\n\n')}\n`);
console.log(`${samples.length} samples, ${received.length} webhooks`);
