/** Marks a row whose results carry no gradient although they are floats. */
export const nonDifferentiable = {};
