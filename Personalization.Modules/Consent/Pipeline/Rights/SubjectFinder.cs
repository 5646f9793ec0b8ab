using System.Collections.Frozen;
using System.Text;
using Personalization.Consent.Domain.Rights;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;

namespace Personalization.Consent.Pipeline.Rights;

/// <summary>
/// Finds whom a request means: everybody that one of the identities leads to now, and everybody that they were ever merged with.
/// Thread-safe; reads disk.
/// </summary>
internal sealed class SubjectFinder(IPersonDirectory people, KeyHasher hasher)
{
    private const int MaxValueBytes = 1_024;

    /// <summary>Kinds of identifiers by which people can be found.</summary>
    public static readonly FrozenSet<string> Kinds = FrozenSet.Create(StringComparer.Ordinal, "user_id", "anonymous_id");

    /// <param name="identities">Those of the request.</param>
    /// <param name="profileIds">Profiles that are known to be the person's: named by number, or found at an earlier try.</param>
    public ErasureSubject Find(IReadOnlyList<SubjectIdentity> identities, IEnumerable<int> profileIds)
    {
        var roots = identities.Select(identity => people.Find(identity.Kind, identity.Value)).Concat(profileIds).Where(profile => profile >= 0);
        var profiles = new HashSet<int>();
        var offsets = new SortedSet<long>();

        // An identifier of refused events alone leads to no profile, but stands in dead letters.
        var keys = identities.Select(KeyOf).OfType<UInt128>().ToHashSet();
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

    private UInt128? KeyOf(SubjectIdentity identity)
    {
        KeySpace? space = identity.Kind switch
        {
            "user_id" => KeySpace.UserId,
            "anonymous_id" => KeySpace.AnonymousId,
            _ => null,
        };
        return space is { } known && Encoding.UTF8.GetByteCount(identity.Value) <= MaxValueBytes
            ? hasher.Hash(known, Encoding.UTF8.GetBytes(identity.Value))
            : null;
    }
}
