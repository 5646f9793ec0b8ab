using NUnit.Framework;

// Fixtures that mostly wait, for processes that they start or for receivers, say that they are parallelizable; all others run alone, since they
// count allocations, listen to meters or ask what a busy machine answers otherwise.
[assembly: LevelOfParallelism(3)]
