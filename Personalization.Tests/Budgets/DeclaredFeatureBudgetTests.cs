using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Pipeline.Declared;
using Personalization.Host;
using Personalization.Tests.Support;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Budgets;

/// <summary>What declared features may allocate, with one of each aggregate.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeclaredFeatureBudgetTests
{
    private const long Start = 1_767_225_600_000;

    private static readonly string[] Definitions =
    [
        """{"aggregate":"count","events":["Product Viewed"],"window":"1h"}""",
        """{"aggregate":"sum","of":{"product":"price"},"events":["Product Viewed"],"window":"1h"}""",
        """{"aggregate":"average","of":{"product":"price"},"events":["Product Viewed"],"window":"1h"}""",
        """{"aggregate":"min","of":{"product":"price"},"events":["Product Viewed"],"window":"lifetime"}""",
        """{"aggregate":"max","of":{"product":"price"},"events":["Product Viewed"],"window":"session"}""",
        """{"aggregate":"distinct","of":{"product":"category"},"events":["Product Viewed"],"window":"1h"}""",
        """{"aggregate":"first","of":{"product":"id"},"events":["Product Viewed"]}""",
        """{"aggregate":"last_n","of":{"product":"id"},"events":["Product Viewed"]}""",
        """{"aggregate":"recency","events":["Product Viewed"]}""",
        """{"aggregate":"decayed_sum","events":["Product Viewed"],"halfLife":"1h"}""",
        """{"aggregate":"affinity","by":{"product":"category"},"events":["Product Viewed"],"halfLife":"1h"}""",
        """{"aggregate":"ratio","of":["f0","f1"]}""",
        """{"key":"item","aggregate":"count","events":["Product Viewed"],"window":"1h"}""",
    ];

    [Test]
    public async Task An_event_and_a_read_allocate_nothing_once_states_have_their_size()
    {
        using var folder = new TemporaryFolder();
        await using var app = HostApp.Build(ShopServer.Arguments(folder.Path));
        var registry = app.Services.GetRequiredService<FeatureRegistry>();
        for (var i = 0; i < Definitions.Length; i++)
        {
            registry.Apply(new DefinitionChange("feature", $"f{i}", DefinitionAction.Put, 1, JsonElement.Parse(Definitions[i]), "test", Start, i));
            registry.Apply(new DefinitionChange("feature", $"f{i}", DefinitionAction.Activate, 1, default, "test", Start, i));
        }

        var stage = app.Services.GetServices<IEventStage>().OfType<UpdateDeclaredFeaturesStage>().Single();
        var values = app.Services.GetRequiredService<FeatureValues>();
        var features = Enumerable.Range(0, Definitions.Length - 1).Select(i => values.Find($"f{i}")).ToArray();
        var viewed = Viewed(app.Services.GetRequiredService<IEventNames>().Find("Product Viewed"));
        Apply(stage, viewed, 0, 5_000);
        Read(values, features);

        Assert.That(Allocated(() => Apply(stage, viewed, 5_000, 6_000)), Is.Zero);
        Assert.That(Allocated(() => Read(values, features)), Is.Zero);
        Assert.That(features, Has.None.LessThan(0));
    }

    private static TrackedEvent Viewed(int name)
    {
        var viewed = new EventBatch(_ => { }).AddEvent();
        viewed.Kind = EventKind.ProductViewed;
        viewed.NameNumber = name;
        (viewed.ProfileId, viewed.MayProfile, viewed.MayMeasure, viewed.SessionNumber) = (1, true, true, 1);
        viewed.Batch.AddLine().Price = 9.99f;
        return viewed;
    }

    private static void Apply(UpdateDeclaredFeaturesStage stage, TrackedEvent viewed, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            viewed.Offset = i;
            viewed.TimestampMs = viewed.ReceivedAtMs = Start + (i * 10_000L);
            ref var line = ref viewed.Lines[0];
            (line.Item, line.CategoryTerm) = (i % 7, i % 7);
            stage.Apply(viewed);
        }
    }

    private static void Read(FeatureValues values, int[] features)
    {
        Span<byte> text = stackalloc byte[128];
        foreach (var feature in features.AsSpan())
        {
            // Words of items come out of the catalogue, which is empty here.
            if (feature != values.Find("f6") && feature != values.Find("f7") && feature != values.Find("f10"))
            {
                values.Read(feature, 1, Start + 60_000_000, text, out _);
            }
        }
    }

    private static long Allocated(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
