using Personalization.Identity.Contracts;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;

namespace Personalization.Identity.Domain;

/// <inheritdoc cref="IPersonDirectory"/>
internal sealed class PersonDirectory(
    IdentityMap map, IdentityLedger ledger, ProfileTimeline timeline, DuplicateCopies copies, MergeHistory history, IdentityRules rules, KeyHasher hasher) : IPersonDirectory
{
    public int Find(string kind, string value)
    {
        var key = rules.Vocabulary.Find(kind) is { } known ? IdentifierVocabulary.KeyOf(hasher, known, value) : default;
        return key == default ? -1 : map.Find(key);
    }

    public IReadOnlySet<int> GroupOf(int profileId) =>
        profileId >= 0 && profileId < map.Count ? map.GroupOf(map.Canonical(profileId)) : new HashSet<int>();

    public IReadOnlyList<PastMerge> MergesWithin(IReadOnlySet<int> profileIds) =>
        [.. history.Within(profileIds).Select(merge => new PastMerge(merge.From, merge.Into, merge.Offset))];

    public ErasureSubject SubjectOf(int profileId)
    {
        var group = GroupOf(profileId);
        var keys = ledger.KeysOf(group);
        return new ErasureSubject(group, [.. timeline.Places(group).Union(copies.Offsets(keys)).Order()], keys)
        {
            // A device that has changed hands is its next owner's.
            OwnKeys = keys.Where(key => group.Contains(map.BoundTo(key))).ToHashSet(),
        };
    }
}
