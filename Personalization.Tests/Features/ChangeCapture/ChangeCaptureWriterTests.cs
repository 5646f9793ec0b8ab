using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Features;
using Personalization.Features.Domain.ChangeCapture;
using Personalization.Features.Endpoints;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Http;
using Personalization.Kernel.Log;
using Personalization.Tracking.Contracts;
using static Personalization.Tests.Features.ChangeCapture.CaptureWorld;

namespace Personalization.Tests.Features.ChangeCapture;

/// <summary>What counts as applied is on disk, or the whole is to be sent again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ChangeCaptureWriterTests
{
    private readonly InstantLog _log = new(new CatalogHandler(Items.Catalog(), new ItemTermHistory(), NullLogger<CatalogHandler>.Instance));
    private readonly Events _events = new();

    [TestCase(Admission.LaneFull, 429)]
    [TestCase(Admission.PipelineBehind, 429)]
    [TestCase(Admission.Stopping, 503)]
    public async Task A_full_log_refuses_the_whole(Admission admission, int status)
    {
        _log.Answers = admission;

        Assert.That((await WriteAsync(Change('c', 1, "Tent", 1)))?.Status, Is.EqualTo(status));
    }

    [Test]
    public async Task A_full_disk_refuses_the_whole()
    {
        _log.Fails = true;

        Assert.That((await WriteAsync(Change('c', 1, "Tent", 1)))?.Status, Is.EqualTo(503));
    }

    [Test]
    public async Task A_refusal_of_the_event_path_is_passed_on()
    {
        _events.Answer = _ => new EventWriteResult(0, 0, new Problem("tracking/lane-full", "Full", 429));

        Assert.That((await WriteAsync(Customer(1)))?.Status, Is.EqualTo(429));
    }

    [Test]
    public async Task Many_changes_go_in_parts_and_many_customers_in_batches()
    {
        await WriteAsync([.. Enumerable.Range(1, 2_500).Select(i => Change('c', i, "Tent", i)), .. Enumerable.Range(1, 1_201).Select(Customer)]);

        Assert.That((_log.Entries, _log.LogNextOffset), Is.EqualTo((3, 2_500)));
        Assert.That(_events.Batches, Is.EqualTo(new[] { 500, 500, 201 }));
        Assert.That(_events.Sources.Distinct(), Is.EqualTo(new[] { ("change-capture", EventOrigin.ChangeCapture) }));
    }

    [TestCase(new[] { 2 }, new[] { 2 })]
    [TestCase(new[] { 0, 1 }, new[] { 0 }, Description = "the end of the old key and the beginning of the new one")]
    [TestCase(new[] { 0, 2 }, new[] { 0, 2 })]
    [TestCase(new[] { 1 }, new[] { 0 })]
    public async Task A_record_whose_events_the_event_path_refuses_counts_once_and_as_refused(int[] places, int[] records)
    {
        _events.Answer = count => new EventWriteResult(count - places.Length, places.Length, null) { RefusedPlaces = places };
        var capture = new CaptureWorld(Table("customers", "Traits", "id", ("tier", "loyalty"))).Take(
            Customer(2).Replace("\"before\":null", "\"before\":{\"id\":1}"), "null", Customer(3));

        await Writer().WriteAsync(capture, CancellationToken.None);

        Assert.That((capture.Applied, capture.Ignored, capture.Refused), Is.EqualTo((2 - records.Length, 1, records.Length)));
        Assert.That(capture.Refusals.Select(refusal => (refusal.Index, refusal.Reason)), Is.EqualTo(records.Select(record => (record, CaptureReason.EventRefused))));
        Assert.That(capture.Counts[CaptureReason.EventRefused], Is.EqualTo(records.Length));
    }

    [Test]
    public async Task A_refused_event_of_a_later_batch_is_its_own_records()
    {
        _events.Answer = count => new EventWriteResult(count - 1, 1, null) { RefusedPlaces = [count - 1] };
        var capture = new CaptureWorld(Table("customers", "Traits", "id", ("tier", "loyalty"))).Take([.. Enumerable.Range(1, 501).Select(Customer)]);

        await Writer().WriteAsync(capture, CancellationToken.None);

        Assert.That(capture.Refusals.Select(refusal => refusal.Index), Is.EqualTo(new[] { 499, 500 }));
    }

    private static string Customer(int id) => Change('u', id, null, id, "customers", ",\"loyalty\":\"gold\"");

    private async Task<Problem?> WriteAsync(params string[] records) =>
        await Writer().WriteAsync(new CaptureWorld(Products(), Table("customers", "Traits", "id", ("tier", "loyalty"))).Take(records), CancellationToken.None);

    private CapturedChangeWriter Writer() =>
        new(new CatalogWriter(_log, TimeProvider.System, NullLogger<CatalogWriter>.Instance), _events, Options.Create(new ChangeCaptureOptions()));

    private sealed class Events : IEventWriter
    {
        public List<int> Batches { get; } = [];

        public List<(string, EventOrigin)> Sources { get; } = [];

        public Func<int, EventWriteResult> Answer { get; set; } = count => new EventWriteResult(count, 0, null);

        public ValueTask<EventWriteResult> WriteAsync(ReadOnlyMemory<byte> batchJson, string sourceName, EventOrigin origin, CancellationToken cancellationToken)
        {
            Batches.Add(JsonElement.Parse(batchJson.Span).GetProperty("batch").GetArrayLength());
            Sources.Add((sourceName, origin));
            return ValueTask.FromResult(Answer(Batches[^1]));
        }
    }
}
