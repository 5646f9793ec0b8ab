using System.Text;
using Personalization.Features;
using Personalization.Features.Domain.History;
using Personalization.Features.Pipeline;
using Personalization.Kernel.Checkpoints;
using Personalization.Tracking.Contracts;

namespace Personalization.Tests.Features.History;

/// <summary>A history with its step and stage, and events as the parser leaves them.</summary>
internal sealed class HistoryWorld
{
    public const long Start = FeatureWorld.Start;
    public const long Minute = FeatureWorld.Minute;
    public const long Day = FeatureWorld.Day;
    private readonly ResolveEventNameStep _step;
    private readonly KeepHistoryStage _stage;

    public HistoryWorld(HistoryOptions? options = null)
    {
        options ??= new HistoryOptions();
        Names = new EventNames(FeatureWorld.Hasher, options);
        Kept = new KeptProperties(options);
        History = new ProfileHistory(options, Names, Kept, Items.Catalog());
        _step = new ResolveEventNameStep(Names, Kept);
        _stage = new KeepHistoryStage(History);
    }

    public EventNames Names { get; }

    public KeptProperties Kept { get; }

    public ProfileHistory History { get; }

    public ICheckpointed[] States => [Names, Kept, History];

    public long NextOffset { get; set; }

    /// <summary>A track call of profile 1, a minute after <see cref="Start"/> for each event before it, unless its time is set.</summary>
    public TrackedEvent Event(string name, string properties = "{}", string context = "", long? timeMs = null, params ReadOnlySpan<int> items)
    {
        var added = new EventBatch(_ => { }).AddEvent();
        added.Type = EventType.Track;
        added.Name = Put(added.Batch, name);
        added.Kind = EventTaxonomyNames.KindOf(Encoding.UTF8.GetBytes(name));
        added.Payload = Put(added.Batch, properties);
        added.Context = Put(added.Batch, context);
        added.Offset = NextOffset++;
        added.TimestampMs = timeMs ?? Start + (added.Offset * Minute);
        added.ProfileId = 1;
        added.MayProfile = true;
        foreach (var item in items)
        {
            ref var line = ref added.Batch.AddLine();
            (line.Item, line.CategoryTerm, line.BrandTerm) = (item, item % 5, item % 3);
            line.Price = item / 4f;
        }

        return added;
    }

    public void Send(TrackedEvent trackedEvent)
    {
        _step.Resolve(trackedEvent);
        _stage.Apply(trackedEvent);
    }

    public void Send(string name, string properties = "{}", string context = "", long? timeMs = null) =>
        Send(Event(name, properties, context, timeMs));

    public ProfileFacts Read(int profileId = 1)
    {
        var facts = new ProfileFacts();
        History.TryRead(profileId, facts);
        return facts;
    }

    /// <summary>Event times of what is kept, minutes after <see cref="Start"/>.</summary>
    public long[] Minutes(int profileId = 1) => [.. Read(profileId).Events.ToArray().Select(fact => (fact.TimeMs - Start) / Minute)];

    /// <summary>The properties of the latest event as <c>path=value</c>.</summary>
    public string[] Latest()
    {
        var facts = Read();
        return [.. facts.PropertiesOf(in facts.Events[^1]).ToArray().Select(property => $"{Kept[property.Key]}={property.Value.ToString(facts.Text)}")];
    }

    /// <summary>Another process that begins with a checkpoint of this one.</summary>
    public HistoryWorld Restarted(HistoryOptions? options = null)
    {
        var rows = new Support.CheckpointRows();
        var other = new HistoryWorld(options) { NextOffset = NextOffset };
        foreach (var (state, copy) in States.Zip(other.States))
        {
            rows.Take(state);
            rows.GiveTo(copy);
        }

        return other;
    }

    private static Utf8Slice Put(EventBatch batch, string text)
    {
        // Byte for byte, so that a test can send what is no UTF-8.
        var bytes = text.Contains('\u00ff') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
        batch.EnsureBuffer(batch.BufferLength + bytes.Length + 1);
        bytes.CopyTo(batch.Buffer.AsSpan(batch.BufferLength));
        var slice = new Utf8Slice(batch.BufferLength, bytes.Length);
        batch.BufferLength += bytes.Length;
        return slice;
    }
}
