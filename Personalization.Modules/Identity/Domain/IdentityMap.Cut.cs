namespace Personalization.Identity.Domain;

// What an administrator takes back.
internal sealed partial class IdentityMap
{
    /// <summary>The profile that this one was merged into, itself merged further perhaps; -1 for one that lives, or never was.</summary>
    public int MergedInto(int profileId) => (uint)profileId < (uint)Count ? _nodes[profileId].MergedInto - 1 : -1;

    /// <summary>Takes a merge back: the profile, with all that had been merged into it, is a person of its own again. Sequencer only.</summary>
    public void Cut(int profileId) => Volatile.Write(ref _nodes[profileId].MergedInto, 0);

    /// <summary>The profile's user id has left it. Sequencer only.</summary>
    public void UnmarkUser(int profileId) => _nodes[profileId].HasUser = false;
}
