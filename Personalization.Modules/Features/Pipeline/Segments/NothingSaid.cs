using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Pipeline.Segments;

/// <summary>Conditions may ask about traits where none are kept: nobody has any.</summary>
internal sealed class NoTraits : ITraitReader
{
    public bool TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        return false;
    }

    public int Find(ReadOnlySpan<char> name) => -1;
}

/// <summary>Conditions may ask about features where none are declared.</summary>
internal sealed class NoFeatureValues : IFeatureValues
{
    public int Find(ReadOnlySpan<char> name) => -1;

    public Scalar Read(int feature, int profileId, long nowMs, out long nextChangeMs)
    {
        nextChangeMs = long.MaxValue;
        return default;
    }
}
