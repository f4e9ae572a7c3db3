import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CostForecast } from '../../src/choosing/cost-forecast.ts';

const predict = (name: string, size: number): number => (name === 'large' ? 4 : 1) * size;

test('forecast: as predicted until one was measured, then by what that took, the fixed part apart', () => {
  const forecast = new CostForecast(predict);
  assert.equal(forecast.of('small', 100), 100);
  forecast.measured('small', { size: 100, cost: 250, fixed: 50 });
  assert.equal(forecast.of('small', 100), 250);
  assert.equal(forecast.of('small', 1000), 50 + 2000);
});

test('forecast: one that was never trained is taken for the slowest of the others', () => {
  const forecast = new CostForecast(predict);
  forecast.measured('small', { size: 100, cost: 250, fixed: 50 });
  forecast.measured('other', { size: 100, cost: 310, fixed: 10 });
  assert.equal(forecast.of('large', 10), 50 + 3 * 40);
});
