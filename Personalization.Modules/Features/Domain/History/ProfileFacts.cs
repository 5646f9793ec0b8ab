using Personalization.Tracking.Contracts;

namespace Personalization.Features.Domain.History;

/// <summary>One event of a profile, as conditions see it. Its lines and properties lie in the <see cref="ProfileFacts"/> that holds it.</summary>
internal struct Fact
{
    /// <summary>Event time, Unix ms.</summary>
    public long TimeMs;

    /// <summary>Place in the log: orders events of one time, and names the event.</summary>
    public long Offset;

    /// <summary>Number of the event's name (<see cref="IEventNames"/>).</summary>
    public int Event;
    public int FirstLine;
    public int LineCount;
    public int FirstProperty;
    public int PropertyCount;

    /// <summary>Number of the session that it belongs to (<see cref="Session.Number"/>); 0 for none.</summary>
    public long Session;

    /// <summary>Order total or revenue; NaN when absent.</summary>
    public float Revenue;

    /// <summary>Told by an import: it counts, and triggers nothing.</summary>
    public bool IsHistorical;
}

/// <summary>One product of an event, with the terms that it had when the event came.</summary>
internal struct FactLine
{
    /// <summary>Item number; -1 when unknown.</summary>
    public int Item;

    /// <summary>Term numbers (<see cref="Contracts.ICatalog.TermOf"/>); -1 when unknown.</summary>
    public int CategoryTerm;
    public int BrandTerm;

    /// <summary>Per unit; NaN when absent.</summary>
    public float Price;
    public float Quantity;
}

/// <summary>A property or context value of an event that is kept: its key (<see cref="IKeptProperties"/>) and value.</summary>
internal readonly record struct FactProperty(int Key, Scalar Value);

/// <summary>
/// The events of one profile, decoded into room that the reader reuses. Ordered by (<see cref="Fact.TimeMs"/>, <see cref="Fact.Offset"/>), oldest
/// first: that order, and everything derived from it, does not depend on the order of arrival. Not thread-safe.
/// </summary>
internal sealed class ProfileFacts
{
    private Fact[] _events = new Fact[64];
    private FactLine[] _lines = new FactLine[64];
    private FactProperty[] _properties = new FactProperty[64];
    private byte[] _text = new byte[1_024];
    private int _first;
    private int _count;
    private int _lineCount;
    private int _propertyCount;
    private int _textLength;

    public ReadOnlySpan<Fact> Events => _events.AsSpan(_first, _count - _first);

    /// <summary>
    /// Event time, Unix ms, up to which events may be missing because a profile keeps only so many; <see cref="long.MinValue"/> when all are
    /// here that the retention asks for.
    /// </summary>
    public long IncompleteUntilMs { get; set; } = long.MinValue;

    /// <summary>Nobody will ask for properties and context: they are not decoded, which is a good part of the work.</summary>
    public bool LeavesOutProperties { get; set; }

    /// <summary>The buffer that texts of properties lie in.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    public ReadOnlySpan<FactLine> LinesOf(ref readonly Fact fact) => _lines.AsSpan(fact.FirstLine, fact.LineCount);

    public ReadOnlySpan<FactProperty> PropertiesOf(ref readonly Fact fact) => _properties.AsSpan(fact.FirstProperty, fact.PropertyCount);

    /// <summary>The value of a property of an event; none when it has none.</summary>
    public Scalar ValueOf(ref readonly Fact fact, int key)
    {
        foreach (ref readonly var property in PropertiesOf(in fact))
        {
            if (property.Key == key)
            {
                return property.Value;
            }
        }

        return default;
    }

    /// <summary>The value of the latest event that has the property: what is known last of device, campaign, country. None when no event has it.</summary>
    public Scalar LatestValueOf(int key)
    {
        for (var i = _count - 1; i >= _first; i--)
        {
            if (ValueOf(in _events[i], key) is { Kind: not ScalarKind.None } value)
            {
                return value;
            }
        }

        return default;
    }

    public void Clear()
    {
        _first = _count = _lineCount = _propertyCount = _textLength = 0;
        IncompleteUntilMs = long.MinValue;
    }

    /// <summary>A cleared event at the end; the caller fills it, adding in order.</summary>
    public ref Fact Add()
    {
        Grow(ref _events, _count);
        ref var added = ref _events[_count++];
        added = new Fact { FirstLine = _lineCount, FirstProperty = _propertyCount, Revenue = float.NaN };
        return ref added;
    }

    /// <summary>A line of the last event.</summary>
    public ref FactLine AddLine()
    {
        Grow(ref _lines, _lineCount);
        _events[_count - 1].LineCount++;
        ref var added = ref _lines[_lineCount++];
        added = new FactLine { Item = -1, CategoryTerm = -1, BrandTerm = -1, Price = float.NaN, Quantity = 1 };
        return ref added;
    }

    /// <summary>A property of the last event.</summary>
    public void AddProperty(int key, Scalar value)
    {
        if (LeavesOutProperties)
        {
            return;
        }

        Grow(ref _properties, _propertyCount);
        _events[_count - 1].PropertyCount++;
        _properties[_propertyCount++] = new FactProperty(key, value);
    }

    /// <summary>A property of the last event whose value is a text, which is copied.</summary>
    public void AddProperty(int key, ReadOnlySpan<byte> text)
    {
        if (LeavesOutProperties)
        {
            return;
        }

        while (_text.Length - _textLength < text.Length)
        {
            Array.Resize(ref _text, _text.Length * 2);
        }

        text.CopyTo(_text.AsSpan(_textLength));
        AddProperty(key, Scalar.OfText(_textLength, text.Length));
        _textLength += text.Length;
    }

    /// <summary>The last event has the same properties as one before it: these lie once.</summary>
    public void ShareProperties(int first, int count)
    {
        ref var last = ref _events[_count - 1];
        (last.FirstProperty, last.PropertyCount) = (first, count);
    }

    /// <summary>Gives the last event the properties of one before it, and others may follow. Their texts lie once.</summary>
    public void CopyProperties(int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            AddProperty(_properties[i].Key, _properties[i].Value);
        }
    }

    /// <summary>Leaves the oldest events out.</summary>
    public void SkipFirst(int count) => _first += count;

    private static void Grow<T>(ref T[] array, int used)
    {
        if (used == array.Length)
        {
            Array.Resize(ref array, used * 2);
        }
    }
}

/// <summary>Reads what a profile did lately. A read copies one consistent version and never waits for the writer.</summary>
internal interface IProfileHistory
{
    /// <summary>Decodes the profile's events. False, with nothing in it, when there are none.</summary>
    bool TryRead(int profileId, ProfileFacts into);

    /// <summary>What an event is to the profile's history that it has just become part of. False when that is not known.</summary>
    bool TryRead(TrackedEvent trackedEvent, Arrival into) => false;

    /// <summary>The profile will be read soon: its bytes may come nearer meanwhile. Any number, also one that nobody has.</summary>
    void Prefetch(int profileId)
    {
    }

    /// <summary>Profiles are 0 to this - 1; some of them may have no events.</summary>
    int ProfileCount { get; }
}
