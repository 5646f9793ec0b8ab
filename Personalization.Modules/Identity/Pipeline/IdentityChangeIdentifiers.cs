using Personalization.Identity.Domain;
using Personalization.Kernel.Log;
using Personalization.Kernel.Privacy;

namespace Personalization.Identity.Pipeline;

/// <summary>Whom the administrative changes of the log name: each of their identifiers decides alone, because their reasons may name anybody.</summary>
internal sealed class IdentityChangeIdentifiers : ILogIdentifiers
{
    public byte Kind => IdentityChangeEntry.EntryKind;

    public void Read(LogEntry entry, List<LogIdentifiers> found)
    {
        var change = ((IdentityChangeEntry)entry).Change;
        if (change.Kind == IdentityChangeKind.Erased)
        {
            return;
        }

        foreach (var key in change.Keys.Select(key => key.Key).Append(change.Profile.Key).Append(change.Other.Key))
        {
            if (key != default)
            {
                found.Add(new LogIdentifiers(entry.FirstOffset, new EventTrace(default, key, default, change.AtMs, change.AtMs)));
            }
        }
    }
}
