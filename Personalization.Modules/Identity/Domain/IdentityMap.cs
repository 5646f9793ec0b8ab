using System.Text;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Collections;
using Personalization.Kernel.Hashing;

namespace Personalization.Identity.Domain;

/// <summary>
/// Which profile an identifier belongs to. Identifiers are keyed hashes; profiles are numbers, given in log order; a merged
/// profile points to the one it lives on in. The sequencer writes, anyone reads.
/// </summary>
internal sealed partial class IdentityMap(KeyHasher hasher) : IProfileDirectory
{
    private readonly KeyMap _profiles = new();
    private readonly ChunkedArray<Node> _nodes = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public int Find(ReadOnlySpan<char> userId, ReadOnlySpan<char> anonymousId)
    {
        var profile = userId.IsEmpty ? -1 : Find(Hash(KeySpace.UserId, userId));
        return profile >= 0 || anonymousId.IsEmpty ? profile : Find(Hash(KeySpace.AnonymousId, anonymousId));
    }

    public int Find(UInt128 userKey, UInt128 anonymousKey)
    {
        var profile = userKey == default ? -1 : Find(userKey);
        return profile >= 0 || anonymousKey == default ? profile : Find(anonymousKey);
    }

    /// <summary>The living profile of an identifier, or -1.</summary>
    public int Find(UInt128 key)
    {
        var profile = _profiles.Find(key);
        return profile < 0 ? -1 : Canonical(profile);
    }

    public int Canonical(int profileId)
    {
        for (var into = _nodes[profileId].MergedInto - 1; into >= 0; into = _nodes[profileId].MergedInto - 1)
        {
            profileId = into;
        }

        return profileId;
    }

    /// <summary>Whether a user id was ever bound to the profile: such a person is known, and never merges into another.</summary>
    public bool IsKnownUser(int profileId) => _nodes[profileId].HasUser;

    /// <summary>Whether only imported events ever spoke of the profile: what they say of devices was not contradicted since.</summary>
    public bool IsOnlyPast(int profileId) => _nodes[profileId].IsOnlyPast;

    public void MarkOnlyPast(int profileId, bool isOnlyPast) => _nodes.Ensure(profileId).IsOnlyPast = isOnlyPast;

    /// <summary>All profiles that live on in this one, itself included.</summary>
    public HashSet<int> GroupOf(int profileId) =>
        [.. Enumerable.Range(0, Count).Where(candidate => Canonical(candidate) == profileId)];

    /// <summary>The profile that an identifier was bound to, before merges; -1 when none.</summary>
    public int BoundTo(UInt128 key) => _profiles.Find(key);

    public int Create()
    {
        var profile = _count;
        _nodes.Ensure(profile);
        Volatile.Write(ref _count, profile + 1);
        return profile;
    }

    public void Bind(UInt128 key, int profileId) => _profiles.Set(key, profileId);

    public void Unbind(UInt128 key) => _profiles.Remove(key);

    public void MarkUser(int profileId) => _nodes.Ensure(profileId).HasUser = true;

    public void Merge(int fromProfileId, int intoProfileId) =>
        Volatile.Write(ref _nodes.Ensure(fromProfileId).MergedInto, intoProfileId + 1);

    /// <summary>Takes the numbers of a checkpoint back.</summary>
    public void Restore(int count)
    {
        if (count > 0)
        {
            _nodes.Ensure(count - 1);
        }

        Volatile.Write(ref _count, count);
    }

    private UInt128 Hash(KeySpace space, ReadOnlySpan<char> text)
    {
        // Longer identifiers are never accepted at the door, so nobody can have been seen with one.
        Span<byte> utf8 = stackalloc byte[1024];
        return Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? hasher.Hash(space, utf8[..length]) : UInt128.Zero;
    }

    private struct Node
    {
        /// <summary>Profile number + 1; 0 when the profile lives.</summary>
        public int MergedInto;
        public bool HasUser;
        public bool IsOnlyPast;
    }
}
