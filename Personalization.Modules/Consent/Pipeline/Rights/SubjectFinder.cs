using System.Collections.Frozen;
using Personalization.Consent.Domain.Rights;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Finds whom a request means: everybody that one of the identities leads to now, and everybody that they were ever merged with.
/// Thread-safe; reads disk.
/// </summary>
internal sealed class SubjectFinder(IPersonDirectory people, IdentifierVocabulary vocabulary, KeyHasher hasher)
{
    /// <summary>Kinds of identifiers by which people can be found.</summary>
    public FrozenSet<string> Kinds { get; } = vocabulary.Kinds.Select(kind => kind.Name).ToFrozenSet(StringComparer.Ordinal);

    /// <param name="identities">Those of the request.</param>
    /// <param name="profileIds">Profiles that are known to be the person's: named by number, or found at an earlier try.</param>
    public ErasureSubject Find(IReadOnlyList<SubjectIdentity> identities, IEnumerable<int> profileIds)
    {
        var roots = identities.Select(identity => people.Find(identity.Kind, identity.Value)).Concat(profileIds).Where(profile => profile >= 0);
        var profiles = new HashSet<int>();
        var offsets = new SortedSet<long>();

        // An identifier of refused events alone leads to no profile, but stands in dead letters.
        var keys = identities.Select(KeyOf).Where(key => key != default).ToHashSet();
        var own = keys.ToHashSet();
        foreach (var root in roots)
        {
            if (!profiles.Contains(root))
            {
                var subject = people.SubjectOf(root);
                profiles.UnionWith(subject.ProfileIds);
                offsets.UnionWith(subject.Offsets);
                keys.UnionWith(subject.IdentifierKeys);
                own.UnionWith(subject.OwnKeys ?? subject.IdentifierKeys);
            }
        }

        return new ErasureSubject(profiles, [.. offsets], keys) { OwnKeys = own };
    }

    /// <summary>Default when the value is none of its kind, or the kind is not known any more.</summary>
    private UInt128 KeyOf(SubjectIdentity identity) =>
        vocabulary.Find(identity.Kind) is { } kind ? IdentifierVocabulary.KeyOf(hasher, kind, identity.Value) : default;
}
