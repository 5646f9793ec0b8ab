using Personalization.Decisioning.Domain.Rankers;

namespace Personalization.Decisioning.Pipeline.Rankers;

/// <summary>Puts answers of rankers where what comes of them finds them.</summary>
internal sealed class ShownHandler(WaitingDecisions waiting) : NobodysEntryHandler<ShownEntry>
{
    public override byte Kind => ShownEntry.EntryKind;

    protected override ShownEntry Empty => ShownEntry.Of([]);

    protected override ShownEntry Read(ReadOnlySpan<byte> body) => ShownEntry.Read(body);

    protected override void Apply(ShownEntry entry)
    {
        foreach (var answer in entry.Answers)
        {
            waiting.Add(answer);
        }
    }
}
