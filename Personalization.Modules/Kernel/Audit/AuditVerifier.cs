using System.Data;
using Microsoft.Data.Sqlite;

namespace Personalization.Kernel.Audit;

/// <summary>What became of the chain.</summary>
/// <param name="IsIntact">Nothing was changed, removed, moved or cut off, as far as the anchors reach.</param>
/// <param name="Entries">Entries that were read and found in order.</param>
/// <param name="Head">The last of them.</param>
/// <param name="BrokenAt">Number of the first entry that is wrong or missing; null when none is.</param>
/// <param name="Fault">What is wrong with it; null when nothing is.</param>
public sealed record AuditVerdict(bool IsIntact, long Entries, AuditHead Head, long? BrokenAt, string? Fault);

/// <summary>
/// Reads the chain from its first entry to its last and compares every hash, then its end with the anchor and with a head that was noted elsewhere.
/// What it cannot find: a chain that was made anew from some entry on, together with the anchor, when nobody noted a head in between.
/// </summary>
public static class AuditVerifier
{
    /// <param name="path">The audit log's file.</param>
    /// <param name="anchorPath">The file with its head.</param>
    /// <param name="noted">A head from elsewhere, or null.</param>
    /// <param name="after">
    /// Trusts everything up to this entry, 0 for nothing: a break that was looked into stays in the chain for ever.
    /// </param>
    public static AuditVerdict Verify(string path, string anchorPath, AuditHead? noted = null, long after = 0)
    {
        if (!File.Exists(path))
        {
            return new AuditVerdict(false, 0, AuditHead.Empty, null, $"There is no audit log at {path}.");
        }

        var walk = new Walk(after);
        try
        {
            // The anchor first: entries that come meanwhile are behind it.
            var anchored = new AuditAnchor(anchorPath).Read();
            using var connection = AuditFile.OpenExisting(path);
            foreach (var entry in AuditFile.Scan(connection, Math.Max(0, after - 1)))
            {
                if (walk.Take(entry, anchored, noted) is { } fault)
                {
                    return walk.Broken(entry.Sequence, fault);
                }
            }

            var verdict = walk.End(anchored, anchorPath, noted);
            return verdict.IsIntact && AuditFile.CountTriggers(connection) < AuditFile.Triggers
                ? walk.Broken(null, "The triggers that keep the log append-only are gone.")
                : verdict;
        }
        catch (SqliteException error)
        {
            return walk.Broken(walk.Head.Sequence + 1, $"The file cannot be read behind entry {walk.Head.Sequence}: {error.Message}");
        }
        catch (DataException error)
        {
            return walk.Broken(walk.Head.Sequence + 1, $"The entry behind {walk.Head.Sequence} has a field of another kind: {error.Message}");
        }
        catch (InvalidDataException error)
        {
            return walk.Broken(null, error.Message);
        }
    }

    private sealed class Walk(long after)
    {
        private long _entries;

        public AuditHead Head { get; private set; } = AuditHead.Empty;

        /// <returns>What is wrong with the entry; null when nothing is.</returns>
        public string? Take(AuditEntry entry, AuditHead? anchored, AuditHead? noted)
        {
            var isTrusted = after > 0 && entry.Sequence <= after;
            if (!isTrusted && entry.Sequence != Head.Sequence + 1)
            {
                return $"Entry {Head.Sequence + 1} is missing: {entry.Sequence} follows {Head.Sequence}.";
            }

            if (!isTrusted && Convert.ToHexStringLower(entry.PreviousHash) != Head.Hash)
            {
                return $"Entry {entry.Sequence} does not continue entry {Head.Sequence}: one of them was exchanged.";
            }

            if (!isTrusted && !entry.ComputeHash().AsSpan().SequenceEqual(entry.Hash))
            {
                return $"Entry {entry.Sequence} was changed: its content does not fit its hash.";
            }

            if (!isTrusted && entry.Record.Action == AuditLog.BreakAction)
            {
                return $"Entry {entry.Sequence} records that the log did not fit its anchor when the host started: {entry.Record.Detail}";
            }

            Head = entry.Head;
            _entries++;
            return Differs(anchored, "the anchor") ?? Differs(noted, "the head that was noted");
        }

        public AuditVerdict End(AuditHead? anchored, string anchorPath, AuditHead? noted)
        {
            if (anchored is null && Head.Sequence > 0)
            {
                return Broken(null, $"The anchor {anchorPath} is missing: entries that were cut off at the end cannot be seen.");
            }

            var longest = Math.Max(anchored?.Sequence ?? 0, noted?.Sequence ?? 0);
            return longest > Head.Sequence
                ? Broken(Head.Sequence + 1, $"Entries {Head.Sequence + 1} to {longest} were cut off at the end.")
                : new AuditVerdict(true, _entries, Head, null, null);
        }

        public AuditVerdict Broken(long? sequence, string fault) => new(false, _entries, Head, sequence, fault);

        private string? Differs(AuditHead? known, string name) =>
            known is not null && known.Sequence == Head.Sequence && known != Head
                ? $"Entry {Head.Sequence} is not the one that {name} knows: the log was made anew."
                : null;
    }
}
