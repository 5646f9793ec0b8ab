using NUnit.Framework;

// Fixtures that have shops, processes or browsers of their own say that they are parallelizable; all others run alone, since they count
// allocations or memory, listen to meters or ask what a busy machine answers otherwise.
[assembly: LevelOfParallelism(4)]
