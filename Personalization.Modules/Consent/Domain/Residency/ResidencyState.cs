namespace Personalization.Consent.Domain.Residency;

/// <summary>What is known of where a profile belongs, in one word, so that a reader never sees half of it: time, country, source.</summary>
/// <param name="Word">32 bits of the time in seconds, 16 of the country, 16 of the source's number; 0 for nothing.</param>
internal readonly record struct ResidencyState(long Word)
{
    /// <summary>Unix seconds of the event that named the country; of the first event when none did.</summary>
    public uint Seconds => (uint)(Word >>> 32);

    public CountryCode Country => new((ushort)(Word >>> 16));

    public ushort Source => (ushort)Word;

    public static ResidencyState Of(uint seconds, CountryCode country, ushort source) =>
        new(((long)seconds << 32) | ((long)country.Value << 16) | source);

    /// <summary>A named country beats none, and a newer one an older one, in whatever order they come; of two of one second the greater code.</summary>
    public ResidencyState With(ResidencyState other)
    {
        if (Word == 0 || other.Word == 0)
        {
            return Word == 0 ? other : this;
        }

        if (Country.IsNone != other.Country.IsNone)
        {
            return Country.IsNone ? other : this;
        }

        // Without a country the first source stays, and nothing changes with every event.
        if (Country.IsNone)
        {
            return (other.Seconds, other.Source).CompareTo((Seconds, Source)) < 0 ? other : this;
        }

        return (other.Seconds, other.Country.Value, other.Source).CompareTo((Seconds, Country.Value, Source)) > 0 ? other : this;
    }
}
