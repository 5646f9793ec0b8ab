using NUnit.Framework;

namespace Personalization.Tests.Features.Model;

/// <summary>
/// Random worlds: events late, twice and imported, people who turn out to be one and are parted again, who withdraw and grant, time that passes, segments that are
/// defined, edited, taken back and deleted, features of every kind that are declared before and in between, funnels that are built anew, processes that stop, are
/// killed and lose everything but their log. The shop and the oracle never differ: in who is in what, in how many, in what was told and when, in the
/// value of every feature and in where everybody stands. More: <c>PERSONALIZATION_MODEL_SEEDS=500</c>, from <c>PERSONALIZATION_MODEL_FIRST</c> on.
/// </summary>
[Parallelizable]
public class WorldTests
{
    private const int Steps = 45;
    private const int MaxShrinks = 24;

    [Test]
    public async Task The_shop_and_the_oracle_never_differ()
    {
        var first = int.TryParse(Environment.GetEnvironmentVariable("PERSONALIZATION_MODEL_FIRST"), out var wanted) ? wanted : 1;
        for (var seed = first; seed < first + ModelSeeds.Count(8); seed++)
        {
            var world = WorldMaker.Make(seed, Steps);
            await TestContext.Progress.WriteLineAsync($"World {seed}");
            if (await WorldRun.LiveAsync(world) is var (step, foundFirst))
            {
                await TestContext.Progress.WriteLineAsync($"Seed {seed}, step {step}: {foundFirst}");
                var (least, difference) = await ShrinkAsync(world with { History = [.. world.History.Take(step + 1)] });
                Assert.Fail($"{difference}\n{least}");
            }
        }
    }

    /// <summary>Leaves out what can be left out while they still differ, in halves, quarters and so on.</summary>
    private static async Task<(World World, string Difference)> ShrinkAsync(World world)
    {
        var (runs, difference) = (0, "They differ only now and then.");
        for (var size = world.History.Count / 2; size >= 1; size /= 2)
        {
            for (var start = 0; start < world.History.Count && runs < MaxShrinks;)
            {
                // What others ask for stays.
                var kept = world.History.Skip(start).Take(size).Where(happening => happening is Declares or Builds);
                var shorter = world with { History = [.. world.History.Take(start), .. kept, .. world.History.Skip(start + size)] };
                if (shorter.History.Count == world.History.Count)
                {
                    start += size;
                    continue;
                }

                runs++;
                if (await DifferenceAsync(shorter) is { } found)
                {
                    (world, difference) = (shorter, found);
                }
                else
                {
                    start += size;
                }
            }
        }

        return (world, await DifferenceAsync(world) ?? difference);
    }

    /// <summary>A shorter world may ask for what it does not have any more: that is no difference.</summary>
    private static async Task<string?> DifferenceAsync(World world)
    {
        try
        {
            return await WorldRun.LiveAsync(world) is var (step, difference) ? $"At step {step}: {difference}" : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
