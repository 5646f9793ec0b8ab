using System.Runtime.InteropServices;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Replay;
using Personalization.Kernel.Sqlite;

namespace Personalization.Identity.Domain;

/// <summary>Merges, and identifiers that went to a profile of their own: the link ledger has all that ever were, also those that were taken back.</summary>
internal sealed class JoinedProfiles : IJoinedProfiles
{
    public IEnumerable<(int One, int Other)> Read(DataDirectory cut) => !File.Exists(cut.File(LinkLedger.File))
        ? throw new InvalidDataException($"The checkpoint has no file {LinkLedger.File}.db.")
        : new CutRows(cut.File(LinkLedger.File), new Dictionary<byte, ReplayRowsAttribute>(), [LinkLedger.LinkTable]).Read()
            .Select(row => MemoryMarshal.Read<Link>(row.Value))
            .Where(link => (link.IsMerge || link.Rule == LinkRule.Split) && link.OtherProfileId >= 0)
            .Select(link => (link.ProfileId, link.OtherProfileId));
}
