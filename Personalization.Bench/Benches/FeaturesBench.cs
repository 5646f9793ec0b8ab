using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Bench.Servers;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Pipeline.Declared;
using Personalization.Host;
using Personalization.Tracking.Contracts;

namespace Personalization.Bench.Benches;

/// <summary>
/// What declared features cost: ns of the stage for an event and of a read, and bytes of a profile, with 10 and with 50 features, each in
/// a world of its own. Half of the features ask for the event's name, as an event of a shop finds it.
/// </summary>
internal static class FeaturesBench
{
    private const long Start = 1_767_225_600_000;
    private const int EventsOfProfile = 20;

    public static async Task RunAsync(BenchContext context)
    {
        // Each profile takes twenty events: a tenth of what other benches fill tells the same bytes in a tenth of the time.
        var profiles = Math.Max(1_000, context.Options.Profiles / 10);
        foreach (var features in (int[])[10, 50])
        {
            var (updates, idle, reads) = (new Samples(), new Samples(), new Samples());
            var bytes = 0d;
            for (var run = 0; run < context.Options.Runs; run++)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                using var data = new TemporaryDirectory();
                var settings = ProductSettings.For(data.FullPath).Append(ProductSettings.LogToStandardError);
                await using var app = HostApp.Build([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
                var world = new World(app.Services, features);
                bytes = world.Fill(profiles) / (double)profiles;
                updates.Add("ns", world.Apply(EventKind.ProductViewed, profiles));
                idle.Add("ns", world.Apply(EventKind.CartViewed, profiles));
                reads.Add("ns", world.Read(profiles));
            }

            var conditions = $"one thread, {profiles} profiles in random order with {EventsOfProfile} events each, {BenchContext.Machine}";
            context.Report.Add($"update_{features}_ns", "ns/event", updates["ns"], "itself", $"the stage alone, {features} features of which {features / 2} ask for the event; {conditions}");
            context.Report.Add($"untouched_{features}_ns", "ns/event", idle["ns"], "itself", $"an event that none of {features} features asks for; {conditions}");
            context.Report.Add($"read_{features}_ns", "ns/read", reads["ns"], "itself", $"one of {features} features, each in its turn; {conditions}");
            context.Report.Add($"bytes_per_profile_{features}", "bytes/profile", [bytes], "memory before", $"{features} features, half of them with events; managed bytes after a full collection; {conditions}");
        }
    }

    private sealed class World
    {
        private const int Categories = 12;
        private readonly UpdateDeclaredFeaturesStage _stage;
        private readonly FeatureValues _values;
        private readonly int[] _features;
        private readonly int _viewed;
        private readonly int _cart;
        private readonly int _firstTerm;
        private readonly TrackedEvent _event;
        private long _offset;

        public World(IServiceProvider services, int features)
        {
            var registry = services.GetRequiredService<FeatureRegistry>();
            for (var i = 0; i < features; i++)
            {
                var body = JsonElement.Parse(Definition(i));
                registry.Apply(new DefinitionChange(FeatureRegistry.DefinitionKind, $"f{i}", DefinitionAction.Put, 1, body, "bench", Start, _offset++));
                registry.Apply(new DefinitionChange(FeatureRegistry.DefinitionKind, $"f{i}", DefinitionAction.Activate, 1, default, "bench", Start, _offset++));
            }

            var catalog = services.GetRequiredService<Catalog>();
            var item = catalog.ResolveItem("tent"u8);
            _firstTerm = catalog.TermCount;
            for (var i = 0; i < Categories; i++)
            {
                catalog.ResolveTerm(Encoding.UTF8.GetBytes($"category {i}"));
            }

            var names = services.GetRequiredService<IEventNames>();
            (_viewed, _cart) = (names.Find("Product Viewed"), names.Find("Cart Viewed"));
            _stage = services.GetServices<IEventStage>().OfType<UpdateDeclaredFeaturesStage>().Single();
            _values = services.GetRequiredService<FeatureValues>();
            _features = [.. Enumerable.Range(0, features).Select(i => _values.Find($"f{i}"))];
            _event = new EventBatch(_ => { }).AddEvent();
            _event.MayProfile = _event.MayMeasure = true;
            ref var line = ref _event.Batch.AddLine();
            (line.Item, line.CategoryTerm, line.BrandTerm, line.Price) = (item, _firstTerm, _firstTerm, 19.99f);
        }

        /// <summary>Gives each profile its events, and returns the bytes that they take.</summary>
        public long Fill(int profiles)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < EventsOfProfile; i++)
            {
                Apply(EventKind.ProductViewed, profiles);
            }

            return GC.GetTotalMemory(forceFullCollection: true) - before;
        }

        public double Apply(EventKind kind, int profiles)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < profiles; i++)
            {
                _offset++;
                _event.Kind = kind;
                _event.NameNumber = kind == EventKind.ProductViewed ? _viewed : _cart;
                _event.ProfileId = Shuffled(i, profiles);
                _event.Offset = _offset;
                _event.TimestampMs = _event.ReceivedAtMs = Start + (_offset * 200);
                _event.Lines[0].CategoryTerm = _firstTerm + (int)(_offset % Categories);
                _stage.Apply(_event);
            }

            return Stopwatch.GetElapsedTime(started).TotalNanoseconds / profiles;
        }

        public double Read(int profiles)
        {
            var now = Start + (_offset * 200);
            var read = 0;
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < profiles; i++)
            {
                read += (int)_values.Read(_features[i % _features.Length], Shuffled(i, profiles), now, out _).Kind;
            }

            var elapsed = Stopwatch.GetElapsedTime(started).TotalNanoseconds / profiles;
            return read >= 0 ? elapsed : throw new InvalidOperationException("Kinds of values are not negative.");
        }

        /// <summary>Each profile once, with the caches missing: a step that has no divisor with any number below it in common.</summary>
        private static int Shuffled(int i, int profiles) => (int)(i * 2_654_435_761L % profiles);

        /// <summary>The usual ones in turns; every second asks for views, the others for orders.</summary>
        private static string Definition(int i)
        {
            var name = i % 2 == 0 ? "Product Viewed" : "Order Completed";
            return (i / 2 % 5) switch
            {
                0 => $$"""{"aggregate":"count","events":["{{name}}"],"window":"30d"}""",
                1 => $$"""{"aggregate":"sum","of":{"product":"price"},"events":["{{name}}"],"window":"7d"}""",
                2 => $$"""{"aggregate":"affinity","by":{"product":"category"},"events":["{{name}}"]}""",
                3 => $$"""{"aggregate":"last_n","n":10,"of":{"product":"id"},"events":["{{name}}"]}""",
                _ => $$"""{"aggregate":"recency","events":["{{name}}"]}""",
            };
        }
    }
}
