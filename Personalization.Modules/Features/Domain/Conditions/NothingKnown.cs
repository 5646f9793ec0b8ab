using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Domain.Conditions;

/// <summary>Stands where nobody keeps traits, features or memberships: conditions on them find nothing.</summary>
internal sealed class NothingKnown : ITraitReader, IFeatureValues, IMemberships
{
    public bool TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        return false;
    }

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
