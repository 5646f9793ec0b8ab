using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Bench.Servers;
using Personalization.Host;
using Personalization.Identity.Domain;
using Personalization.Identity.Pipeline;
using Personalization.Tracking.Contracts;

namespace Personalization.Bench.Benches;

/// <summary>
/// What it costs to find an event's person, in ns, on the thread that does it for all events, and what the graph keeps of one: with a
/// million people in memory, so that each look-up misses the cache as it does in a shop.
/// </summary>
internal static class IdentityBench
{
    private const int Warm = 100_000;

    public static async Task RunAsync(BenchContext context)
    {
        var people = Math.Max(Warm, context.Options.Profiles);
        using var data = new TemporaryDirectory();
        var settings = ProductSettings.For(data.FullPath).Append(ProductSettings.LogToStandardError);
        await using var app = HostApp.Build([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
        var step = app.Services.GetServices<ISequencerStep>().OfType<ResolveProfileStep>().Single();
        var map = app.Services.GetRequiredService<IdentityMap>();
        var shoppers = new Shoppers(step);

        shoppers.Resolve(first: -Warm, Warm, Shoppers.Browse);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var profiles = map.Count;
        shoppers.Resolve(first: 0, people, Shoppers.Browse);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)(map.Count - profiles);

        var samples = new Samples();
        var conditions = $"one thread, {people} people in memory in random order, events made before the clock runs, {BenchContext.Machine}";
        for (var run = 0; run < context.Options.Runs; run++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var size = people / (2 * context.Options.Runs);
            samples.Add("known", shoppers.Resolve(0, people, Shoppers.Browse, sample: size));
            samples.Add("new", shoppers.Resolve(people + (run * size), size, Shoppers.Browse));
            samples.Add("identify", shoppers.Resolve(run * 2 * size, size, Shoppers.Identify));
            samples.Add("known_user", shoppers.Resolve(run * 2 * size, size, Shoppers.Identify));
            samples.Add("merge", shoppers.Resolve((run * 2 * size) + size, size, Shoppers.LogInElsewhere, andThen: Shoppers.LogIn));
        }

        foreach (var name in new[] { "known", "known_user", "new", "identify", "merge" })
        {
            context.Report.Add($"resolve_{name}_ns", "ns/event", samples[name], "itself", $"{Shoppers.Meaning(name)}; {conditions}");
        }

        context.Report.Add(
            "bytes_per_profile", "bytes/profile", [bytes], "memory before the first of them",
            $"the graph alone, managed bytes after a full collection, one anonymous id each, what waits for the next checkpoint included; {people} people, {BenchContext.Machine}");
    }

    /// <summary>Makes events and lets them be resolved; only the latter is timed.</summary>
    private sealed class Shoppers(ResolveProfileStep step)
    {
        private const int ChunkEvents = 10_000;

        private readonly EventBatch _batch = new(static _ => { });
        private long _offset;

        public static string Meaning(string name) => name switch
        {
            "known" => "an event with a known anonymous id",
            "known_user" => "an identify with user id, anonymous id and e-mail that are all known",
            "new" => "the first event of a browser",
            "identify" => "the first identify of a browser that was seen before: a user id and an e-mail become known",
            _ => "two events: a user is seen on a second device, which was seen before as somebody else, and two profiles merge",
        };

        public static void Browse(TrackedEvent made, int shopper) => made.AnonymousKey = Key(1, shopper);

        public static void Identify(TrackedEvent made, int shopper)
        {
            made.Type = EventType.Identify;
            made.AnonymousKey = Key(1, shopper);
            made.UserKey = Key(2, shopper);
            made.Batch.AddIdentifier(new EventIdentifier { Kind = IdentifierKind.Email, Key = Key(3, shopper) });
        }

        /// <summary>The user must exist before the browser turns out to be hers.</summary>
        public static void LogInElsewhere(TrackedEvent made, int shopper)
        {
            made.Type = EventType.Identify;
            made.UserKey = Key(2, shopper);
            made.AnonymousKey = Key(4, shopper);
        }

        public static void LogIn(TrackedEvent made, int shopper)
        {
            made.Type = EventType.Identify;
            made.UserKey = Key(2, shopper);
            made.AnonymousKey = Key(1, shopper);
        }

        public double Resolve(int first, int count, Action<TrackedEvent, int> fill, int sample = 0, Action<TrackedEvent, int>? andThen = null)
        {
            var chance = new Random(first);
            var ticks = 0L;
            var events = sample > 0 ? sample : count;
            for (var done = 0; done < events; done += ChunkEvents)
            {
                var chunk = Math.Min(ChunkEvents, events - done);
                for (var i = 0; i < chunk; i++)
                {
                    Add(sample > 0 ? first + chance.Next(count) : first + done + i, fill);
                    if (andThen is not null)
                    {
                        Add(first + done + i, andThen);
                    }
                }

                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < _batch.EventCount; i++)
                {
                    step.Resolve(_batch[i]);
                }

                ticks += Stopwatch.GetTimestamp() - start;
                _batch.Release();
            }

            return ticks * 1e9 / Stopwatch.Frequency / events;
        }

        private void Add(int shopper, Action<TrackedEvent, int> fill)
        {
            var made = _batch.AddEvent();
            made.Offset = _offset++;
            made.TimestampMs = made.ReceivedAtMs = 1_790_000_000_000 + _offset;
            fill(made, shopper);
        }

        /// <summary>Evenly spread, as keyed hashes are.</summary>
        private static UInt128 Key(ulong kind, int shopper)
        {
            var mixed = ((ulong)(uint)shopper + 1 + (kind << 40)) * 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93;
            return new UInt128(mixed * 0xBF58476D1CE4E5B9, mixed ^ (mixed >> 29));
        }
    }
}
