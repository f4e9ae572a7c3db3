import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLike } from '../../src/encoders/json-text.ts';

test('JSON text: numbers that stay are written as they stood, changed ones as they are', () => {
  const before = '{"a": 1.0, "b": 1e-12, "c": [10000.0, 2], "d": {"a": 5.0, "e": "1.0 \\"2.0\\""}, "f": -0.50}';
  const value = { ...(JSON.parse(before) as object), g: 3, b: 2, f: -0.5 };
  const text = jsonLike(value, before);
  assert.deepEqual(JSON.parse(text), value);
  assert.equal(text.replaceAll(/\s+/g, ''), String.raw`{"a":1.0,"b":2,"c":[10000.0,2],"d":{"a":5.0,"e":"1.0\"2.0\""},"f":-0.50,"g":3}`);
});

test('JSON text: keys of any name', () => {
  const value = JSON.parse('{"__proto__": 2.0, "0": 1}') as object;
  assert.equal(jsonLike(value, '{"__proto__": 2.0}').replaceAll(/\s+/g, ''), '{"0":1,"__proto__":2.0}');
});
