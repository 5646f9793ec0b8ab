using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>Takes out of an event what is kept of it. Allocates nothing.</summary>
internal static class EventFacts
{
    /// <summary>Replaces what is in <paramref name="into"/> by the event.</summary>
    public static void Read(TrackedEvent trackedEvent, KeptProperties kept, ProfileFacts into)
    {
        into.Clear();
        ref var fact = ref into.Add();
        fact.TimeMs = Math.Max(0, trackedEvent.TimestampMs);
        fact.Offset = trackedEvent.Offset;
        fact.Event = Math.Max(EventNames.Other, trackedEvent.NameNumber);
        fact.Session = trackedEvent.SessionNumber;
        fact.Revenue = float.IsFinite(trackedEvent.Revenue) ? trackedEvent.Revenue : float.NaN;
        fact.IsHistorical = trackedEvent.IsHistorical;
        ReadLines(trackedEvent, into);
        ReadProperties(trackedEvent, kept, into);
    }

    private static void ReadLines(TrackedEvent trackedEvent, ProfileFacts into)
    {
        var room = HistoryEncoder.MaxLines;
        foreach (ref readonly var line in trackedEvent.Lines)
        {
            // Where an event is not about items its lines have no numbers.
            if (line.Item < 0 && line.CategoryTerm < 0 && line.BrandTerm < 0)
            {
                continue;
            }

            if (room-- == 0)
            {
                return;
            }

            ref var added = ref into.AddLine();
            added.Item = line.Item;
            added.CategoryTerm = line.CategoryTerm;
            added.BrandTerm = line.BrandTerm;
            added.Price = float.IsFinite(line.Price) ? line.Price : float.NaN;
            added.Quantity = float.IsFinite(line.Quantity) ? line.Quantity : 1;
        }
    }

    /// <summary>
    /// The context's first, then the event's own, each by their numbers. What an identify or group call carries is no property of an
    /// event, and may say who somebody is.
    /// </summary>
    private static void ReadProperties(TrackedEvent trackedEvent, KeptProperties kept, ProfileFacts into)
    {
        var paths = kept.Paths;
        Span<FoundValue> found = stackalloc FoundValue[paths.Count];
        var context = trackedEvent.Text(trackedEvent.Context);
        var isOfPerson = trackedEvent.Type is EventType.Identify or EventType.Group;
        var properties = isOfPerson ? default : trackedEvent.Text(trackedEvent.Payload);
        PropertyScan.Read(context, paths.OfContext, found);
        PropertyScan.Read(properties, paths.OfProperties, found);

        Span<byte> room = stackalloc byte[FoundValue.RoomBytes];
        var writer = new FactWriter(into, room);
        foreach (var key in paths.Shared)
        {
            writer.Add(key, in found[key], context);
        }

        foreach (var key in paths.Own)
        {
            writer.Add(key, in found[key], paths.IsOfContext(key) ? context : properties);
        }

        if (paths.NameKey >= 0 && found[paths.NameKey].Kind == ScalarKind.None && trackedEvent.Type is EventType.Page or EventType.Screen)
        {
            var name = trackedEvent.Text(trackedEvent.Name);
            var value = new FoundValue { Kind = name.IsEmpty ? ScalarKind.None : ScalarKind.Text, Length = name.Length };
            writer.Add(paths.NameKey, in value, name);
        }
    }

    /// <summary>Adds values as long as the event has room for them.</summary>
    private ref struct FactWriter(ProfileFacts into, Span<byte> room)
    {
        private readonly Span<byte> _room = room;
        private int _values = HistoryEncoder.MaxProperties;
        private int _textBytes = HistoryEncoder.MaxEventTextBytes;

        public void Add(int key, ref readonly FoundValue value, ReadOnlySpan<byte> json)
        {
            if (value.Kind == ScalarKind.None || _values == 0)
            {
                return;
            }

            if (value.Kind != ScalarKind.Text)
            {
                _values--;
                into.AddProperty(key, value.Kind == ScalarKind.Number ? Scalar.Of(value.Number) : Scalar.Of(value.Kind == ScalarKind.True));
                return;
            }

            if (value.TryGetText(json, _room, out var text) && text.Length <= _textBytes)
            {
                _values--;
                _textBytes -= text.Length;
                into.AddProperty(key, text);
            }
        }
    }
}
