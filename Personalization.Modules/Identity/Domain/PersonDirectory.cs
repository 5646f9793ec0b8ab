using Personalization.Identity.Contracts;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Domain;

/// <inheritdoc cref="IPersonDirectory"/>
internal sealed class PersonDirectory(IdentityMap map, IdentityLedger ledger, ProfileTimeline timeline, DuplicateCopies copies) : IPersonDirectory
{
    public int Find(string kind, string value) => kind switch
    {
        "user_id" => map.Find(value, anonymousId: []),
        "anonymous_id" => map.Find(userId: [], value),
        _ => -1,
    };

    public IReadOnlySet<int> GroupOf(int profileId) =>
        profileId >= 0 && profileId < map.Count ? map.GroupOf(map.Canonical(profileId)) : new HashSet<int>();

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
