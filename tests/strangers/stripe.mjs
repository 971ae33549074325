// What Stripe's own package signs and believes. Reads one request from stdin and writes the answers to stdout, in its order:
// {"sign": [body…], "secret", "at": Unix seconds} gives headers;
// {"judge": [{"header", "body"}…], "secret", "at"} gives "believed", or why not.
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

const { webhooks } = new Stripe('sk_test_stranger');
const { sign, judge, secret, at } = JSON.parse(readFileSync(0, 'utf8'));
const tolerance = webhooks.DEFAULT_TOLERANCE;

const signed = (payload) => webhooks.generateTestHeaderString({ payload, secret, timestamp: at });
const judged = ({ header, body }) => {
  try {
    webhooks.constructEvent(body, header, secret, tolerance, undefined, at * 1000);
    return 'believed';
  } catch (error) {
    return error.message.split('\n')[0];
  }
};
process.stdout.write(JSON.stringify(sign ? sign.map(signed) : judge.map(judged)));
