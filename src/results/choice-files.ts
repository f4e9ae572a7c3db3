/** Files that `choose` writes, in addition to the tables of the winner. */
export const CHOICE_CSV = 'choose.csv';
export const CHOICE_JSON = 'choose.json';
