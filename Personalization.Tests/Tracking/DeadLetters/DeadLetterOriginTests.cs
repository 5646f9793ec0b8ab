using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking.DeadLetters;

/// <summary>What letters say beside their content, and what is counted.</summary>
internal sealed class DeadLetterOriginTests : LetterShop
{
    [TestCase(EventOrigin.Live, EventOrigin.Replay)]
    [TestCase(EventOrigin.ChangeCapture, EventOrigin.Replay)]
    [TestCase(EventOrigin.Import, EventOrigin.Import, Description = "the past stays the past")]
    public async Task A_replay_is_told_apart_in_the_log(EventOrigin origin, EventOrigin replayed)
    {
        var writer = Shop.Services.GetRequiredService<IEventWriter>();
        var body = """{"batch":[{"type":"track","anonymousId":"ann","messageId":"m1","timestamp":"2026-09-01T12:00:00Z"}]}"""u8.ToArray();
        Assert.That((await writer.WriteAsync(body, "shop", origin, CancellationToken.None)).Refused, Is.EqualTo(1));

        var letter = await OnlyAsync();
        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{letter.Id()}/body", """{"event":"Product Viewed"}""");
        await ReplayAsync(letter.Id());

        Assert.That(await OriginsAsync(), Is.EqualTo(new[] { replayed }));
    }

    [Test]
    public async Task Letters_are_counted_by_what_becomes_of_them()
    {
        var counted = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, started) =>
        {
            // Of this shop only: others of this process may have lost their folders.
            if (instrument.Meter.Name == TrackingMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, Shop.Services.GetRequiredService<IMeterFactory>()) && instrument.Name.StartsWith("tracking.dead_letters.", StringComparison.Ordinal))
            {
                started.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var text = new StringBuilder($"{instrument.Name} {value}");
            foreach (var tag in tags)
            {
                text.Append($" {tag.Value}");
            }

            lock (counted)
            {
                counted.Add(text.ToString());
            }
        });
        listener.Start();

        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m1"}""");
        await PostAsync("/v1/track", """{"anonymousId":"ann","messageId":"m2"}""");
        var id = (await ListAsync())[0].Id();
        await ReplayAsync(id);
        await SendAsync(HttpMethod.Patch, $"/v1/dead-letters/{id}/body", """{"event":"Product Viewed"}""");
        await ReplayAsync(id);
        listener.RecordObservableInstruments();

        lock (counted)
        {
            Assert.That(counted, Does.Contain("tracking.dead_letters.kept 1 invalid"));
            Assert.That(counted, Does.Contain("tracking.dead_letters.replayed 1 refused"));
            Assert.That(counted, Does.Contain("tracking.dead_letters.replayed 1 replayed"));
            Assert.That(counted, Does.Contain("tracking.dead_letters.open 1"));
        }
    }

    private async Task<List<EventOrigin>> OriginsAsync()
    {
        var origins = new List<EventOrigin>();
        var log = Shop.Services.GetRequiredService<LogReplay>();
        await foreach (var entry in log.ReadAsync(0, Shop.Services.GetRequiredService<LogTail>().CommittedOffset, CancellationToken.None))
        {
            origins.Add(((EventBatch)entry).Origin);
            entry.Release();
        }

        return origins;
    }
}
