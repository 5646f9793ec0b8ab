namespace Personalization.Features.Domain.Traits;

/// <summary>One trait: what somebody said about a person, when, and until when it holds.</summary>
/// <param name="Key">Number of its name (<see cref="ITraitReader.Find"/>).</param>
/// <param name="Value">What it is; a text lies in <see cref="TraitSet.Text"/>.</param>
/// <param name="TimeMs">Event time at which it was said, Unix ms.</param>
/// <param name="Source">Number of who said it: 0 for the shop's own identify calls, else an imported source.</param>
/// <param name="ExpiresAtMs">Unix ms from which it is no longer known; <see cref="long.MaxValue"/> for never.</param>
internal readonly record struct Trait(int Key, Scalar Value, long TimeMs, int Source, long ExpiresAtMs);

/// <summary>The traits of one profile, decoded into room that the reader reuses. Not thread-safe.</summary>
internal sealed class TraitSet
{
    private Trait[] _traits = new Trait[16];
    private byte[] _text = new byte[512];
    private int _count;
    private int _textLength;

    public ReadOnlySpan<Trait> All => _traits.AsSpan(0, _count);

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    /// <summary>The trait as of a time: one that has expired by then is not known.</summary>
    public bool TryGet(int key, long nowMs, out Trait found)
    {
        foreach (ref readonly var trait in All)
        {
            if (trait.Key == key && trait.ExpiresAtMs > nowMs)
            {
                found = trait;
                return true;
            }
        }

        found = default;
        return false;
    }

    public void Clear() => _count = _textLength = 0;

    public void Add(int key, Scalar value, long timeMs, int source, long expiresAtMs)
    {
        if (_count == _traits.Length)
        {
            Array.Resize(ref _traits, _count * 2);
        }

        _traits[_count++] = new Trait(key, value, timeMs, source, expiresAtMs);
    }

    /// <summary>One whose value is a text, which is copied.</summary>
    public void Add(int key, ReadOnlySpan<byte> text, long timeMs, int source, long expiresAtMs)
    {
        while (_text.Length - _textLength < text.Length)
        {
            Array.Resize(ref _text, _text.Length * 2);
        }

        text.CopyTo(_text.AsSpan(_textLength));
        Add(key, Scalar.OfText(_textLength, text.Length), timeMs, source, expiresAtMs);
        _textLength += text.Length;
    }
}

/// <summary>Reads what was said about a person. A read copies one consistent version and never waits for the writer.</summary>
internal interface ITraitReader
{
    /// <summary>Decodes the profile's traits, expired ones too. False, with nothing in it, when there are none.</summary>
    bool TryRead(int profileId, TraitSet into);

    /// <summary>The number of a trait's name, or -1 when nobody has ever sent it.</summary>
    int Find(ReadOnlySpan<char> name);
}
