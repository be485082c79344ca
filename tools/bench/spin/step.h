/* What all models share. In each, one Promela transition is one step of DESIGN's rule: one access
 * and all local work of that process up to its next access. An access whose local work branches is
 * an `if` over steps with disjoint guards; a free choice is two steps with the same guard. Dead
 * locals are zero, and a finished process stands before a `false` for good, since Promela would
 * count its death as a step. */
#define step d_step
#define DONE false
