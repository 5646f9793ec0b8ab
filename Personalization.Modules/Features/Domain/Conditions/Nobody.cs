using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Somebody of whom nothing is known, or may be.</summary>
internal sealed class Nobody : IProfileHistory, ITraitReader, IFeatureValues, IMemberships
{
    private Nobody()
    {
    }

    public static Nobody Instance { get; } = new();

    public int ProfileCount => 0;

    public bool TryRead(int profileId, ProfileFacts into)
    {
        into.Clear();
        return false;
    }

    public bool TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        return false;
    }

    /// <summary>A number that is not there: whoever asks with somebody else the next time looks it up again.</summary>
    public int Find(ReadOnlySpan<char> name) => -1;

    public Scalar Read(int feature, int profileId, long nowMs, out long nextChangeMs)
    {
        nextChangeMs = long.MaxValue;
        return default;
    }

    public int FindSegment(ReadOnlySpan<char> id) => -1;

    public bool IsMember(int segment, int profileId) => false;

    public int FindList(ReadOnlySpan<char> id) => -1;

    public bool IsOnList(int list, int profileId) => false;
}
