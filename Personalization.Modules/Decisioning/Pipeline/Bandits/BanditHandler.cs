using Personalization.Decisioning.Domain.Bandits;

namespace Personalization.Decisioning.Pipeline.Bandits;

/// <summary>Teaches the bandit.</summary>
internal sealed class BanditHandler(WaitingEvents events) : NobodysEntryHandler<BanditEntry>
{
    public override byte Kind => BanditEntry.EntryKind;

    protected override BanditEntry Empty => BanditEntry.Erased;

    protected override BanditEntry Read(ReadOnlySpan<byte> body) => BanditEntry.Read(body);

    protected override void Apply(BanditEntry entry)
    {
        switch (entry.Action)
        {
            case BanditAction.Rank:
                events.Rank(entry.Key, entry.Example, entry.Value, entry.IsDeferred, entry.AtMs);
                break;
            case BanditAction.Activate:
                events.Activate(entry.Key, entry.AtMs);
                break;
            case BanditAction.Reward:
                events.Reward(entry.Key, entry.Value, entry.AtMs);
                break;
        }
    }
}
