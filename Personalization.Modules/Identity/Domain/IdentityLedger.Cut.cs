using Personalization.Kernel.Checkpoints;

namespace Personalization.Identity.Domain;

// Rows that an administrator's change takes back.
internal sealed partial class IdentityLedger
{
    private readonly HashSet<int> _cuts = [];
    private readonly HashSet<int> _formerUsers = [];

    /// <summary>A merge was taken back. Sequencer only.</summary>
    public void RemoveMerge(int from)
    {
        _merges.RemoveAll(merge => merge.From == from);
        _cuts.Add(from);
    }

    /// <summary>The profile's user id has left it. Sequencer only.</summary>
    public void RemoveUser(int profileId)
    {
        _users.Remove(profileId);
        _formerUsers.Add(profileId);
    }

    /// <summary>Before the rows of merges and users: what was taken back and made once more since is written after.</summary>
    private void CollectCuts(CheckpointWriter writer)
    {
        foreach (var from in _cuts)
        {
            writer.Delete(MergeTable, from);
        }

        foreach (var profile in _formerUsers)
        {
            writer.Delete(UserTable, profile);
        }

        _cuts.Clear();
        _formerUsers.Clear();
    }
}
