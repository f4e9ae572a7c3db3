// Writes tickets.csv: 600 support tickets of a made-up shop, columns text and label. `node docs/data/make-tickets.mjs`; the seed decides
// all. Tickets of neighbouring labels share words, and some speak of two things, as real ones do: none of it can be told by one word.
import { writeFileSync } from 'node:fs';

const SEED = 7;
const COUNT = 600;

/** Numbers in [0, 1) from a seed (Mulberry32 by Tommy Ettinger, public domain). */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const PRODUCTS = [
  'headphones',
  'standing desk',
  'coffee grinder',
  'running shoes',
  'smart bulb',
  'rain jacket',
  'backpack',
  'espresso machine',
  'office chair',
  'bike light',
  'tablet sleeve',
  'air purifier',
  'yoga mat',
  'toaster',
  'phone case',
  'bookshelf',
  'desk lamp',
  'water bottle',
  'router',
  'camera strap',
];
const DAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'last week',
  'yesterday',
  'this morning',
  'two weeks ago',
];
const AMOUNTS = ['19.90', '24.50', '49', '79.99', '120', '12.30', '250', '8.95', '34', '65.40'];
const CARDS = ['Visa', 'credit card', 'PayPal', 'debit card', 'bank account', 'Mastercard'];
const PLACES = ['Leeds', 'Austin', 'Utrecht', 'Porto', 'Graz', 'Dublin', 'Toronto', 'Lyon', 'my office', 'my parents'];

/** Share of the tickets, and what people write. */
const LABELS = {
  delivery: {
    share: 0.22,
    lines: [
      'My {product} should have arrived {day} and there is still no sign of it.',
      'Where is order {order}? The tracking page has not moved since {day}.',
      'The courier left a note {day} but nobody rang the bell.',
      'Can you send the {product} to {place} instead, I will be away.',
      'Tracking says delivered, the {product} is not here and the neighbours have nothing.',
      'How long does it take to get a {product} to {place}?',
      'Only one of the two boxes of {order} came, the {product} is missing.',
      'I gave the wrong house number for {order}, please correct it before it goes out.',
      'It says out for delivery every day since {day}. What is going on?',
      'Do you ship to {place}, and what would it cost for a {product}?',
    ],
  },
  refund: {
    share: 0.18,
    lines: [
      'I sent the {product} back {day} and have not had my {amount} yet.',
      'Please give me my money back for {order}, the {product} is not what was shown.',
      'You refunded {amount} only, the {product} was more than that.',
      'How do I return a {product} that I do not need any more?',
      'The {product} came broken and I do not want another one, I want my money.',
      'The return label for {order} does not print, how am I to send it back?',
      'It has been a while since you got my parcel with the {product}. When do I see the {amount}?',
      'Can I bring the {product} back after more than thirty days?',
      'The {product} is too small, I would like to hand it back and not exchange it.',
      'Your colleague promised {amount} back {day}, nothing reached my {card}.',
    ],
  },
  billing: {
    share: 0.17,
    lines: [
      'I was charged {amount} twice for {order}.',
      'There is a payment of {amount} on my {card} that I do not know.',
      'I need an invoice with our VAT number for {order}.',
      'My {card} is declined although there is money on it.',
      'The price of the {product} was lower when I put it in the basket.',
      'Your mail says that {amount} is open, I paid it {day}.',
      'Why does the bill for {order} show shipping when it should be free?',
      'Please change the company name on the invoice of {day}.',
      'The voucher for {amount} was not taken off at the checkout.',
      'Which {card} do you bill, I have two on file and want to take one out.',
    ],
  },
  account: {
    share: 0.17,
    lines: [
      'I cannot log in since {day}, the page says that my password is wrong.',
      'The mail to reset my password never comes.',
      'Please change the e-mail address of my account, I have no access to the old one.',
      'Someone ordered a {product} with my account and it was not me.',
      'I have two accounts and would like my orders in one.',
      'How do I turn on the second step when I sign in?',
      'Delete everything that you have about me, please.',
      'It tells me that my account is locked after I tried to sign in {day}.',
      'The code that you text me when I log in is always too late.',
      'I want to change the name and the address in my profile and it does not save.',
    ],
  },
  fault: {
    share: 0.16,
    lines: [
      'The {product} stopped working {day} after a few weeks.',
      'My {product} makes a loud noise since {day}.',
      'One screw of the {product} is missing and it wobbles.',
      'The app does not find the {product} any more after the update.',
      'The {product} gets so hot that I do not dare to use it.',
      'There is a crack in my {product}, can it be repaired?',
      'The button of the {product} is stuck, what can I do?',
      'I have followed the manual twice and the {product} does not turn on.',
      'Do you have spare parts for a {product}? Mine broke {day}.',
      'The {product} is still under warranty and it will not charge.',
    ],
  },
  subscription: {
    share: 0.1,
    lines: [
      'Please cancel my plan, I do not use it any more.',
      'I want to pause the monthly box from {day} on.',
      'You renewed my membership for {amount} although I had cancelled it {day}.',
      'How do I move from the monthly to the yearly plan?',
      'When does my trial end, and what happens then?',
      'Please skip the next box, I am in {place} for a while.',
      'The button to end the membership leads nowhere.',
      'Does the plan cover the {product}, too?',
      'My membership says expired although {amount} went off my {card} {day}.',
      'I would like to give my plan to my sister in {place}.',
    ],
  },
};

const OPENINGS = ['Hello,', 'Hi there,', 'Good morning,', 'Dear team,', '', '', '', 'Hey,', 'To whom it may concern:', 'Hi,'];
const MIDDLES = [
  'I have been a customer for years.',
  'This is the second time.',
  'I already wrote to you {day}.',
  'It was for a {product}.',
  'My order is {order}.',
  'I paid with my {card}.',
  'I am rather annoyed.',
  'It is a present.',
  'Your chat told me to write here.',
  'I would need it in {place}.',
  '',
  '',
  '',
  '',
];
const CLOSINGS = [
  'Thanks!',
  'Please help.',
  'Kind regards',
  'What should I do?',
  'Thank you for a quick answer.',
  '',
  '',
  '',
  'Can somebody look at this?',
];

const random = mulberry32(SEED);
const pick = (list) => list[Math.floor(random() * list.length)];

function filled(line) {
  return line.replace(/\{(\w+)\}/g, (_, what) => {
    switch (what) {
      case 'product':
        return pick(PRODUCTS);
      case 'day':
        return pick(DAYS);
      case 'amount':
        return `${pick(AMOUNTS)} ${pick(['euros', 'dollars', 'EUR'])}`;
      case 'card':
        return pick(CARDS);
      case 'place':
        return pick(PLACES);
      case 'order':
        return `#${10_000 + Math.floor(random() * 90_000)}`;
      default:
        throw new Error(`Nothing is known for {${what}}.`);
    }
  });
}

/** Two letters of a word change places, as fingers do. */
function mistyped(text) {
  const at = 1 + Math.floor(random() * (text.length - 3));
  return /^[a-z]{2}$/.test(text.slice(at, at + 2)) ? text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2) : text;
}

function ticket(label) {
  const parts = [pick(OPENINGS), pick(LABELS[label].lines), pick(MIDDLES)];
  // What else is on people's minds comes after what they write for, or before.
  if (random() < 0.3) {
    const aside = pick(LABELS[pick(Object.keys(LABELS))].lines);
    parts.splice(random() < 0.3 ? 1 : 3, 0, aside);
  }
  parts.push(pick(CLOSINGS));
  let text = filled(parts.filter((part) => part !== '').join(' '));
  for (let i = 0; i < 3; i++) if (random() < 0.3) text = mistyped(text);
  return random() < 0.15 ? text.toLowerCase() : text;
}

const quoted = (field) => `"${field.replaceAll('"', '""')}"`;
const seen = new Set();
const rows = [];
for (const [label, { share }] of Object.entries(LABELS)) {
  for (let i = 0; i < Math.round(share * COUNT);) {
    const text = ticket(label);
    if (seen.has(text)) continue;
    seen.add(text);
    rows.push({ text, label });
    i++;
  }
}
for (let i = rows.length - 1; i > 0; i--) {
  const other = Math.floor(random() * (i + 1));
  [rows[i], rows[other]] = [rows[other], rows[i]];
}
writeFileSync(
  new URL('tickets.csv', import.meta.url),
  `text,label\n${rows.map(({ text, label }) => `${quoted(text)},${label}\n`).join('')}`,
);
