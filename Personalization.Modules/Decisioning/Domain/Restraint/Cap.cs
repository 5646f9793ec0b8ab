namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>So many offers to one shopper in so long. Immutable.</summary>
/// <param name="Count">At most.</param>
/// <param name="WindowMs">Length of the window, which slides; 0 for the session.</param>
/// <param name="Offer">Key of the only offer that counts; 0 = all.</param>
/// <param name="Placement">Key of the only placement that counts; 0 = all.</param>
/// <param name="Channel">Key of the only channel that counts; 0 = all.</param>
/// <param name="PerOffer">Each offer has it for itself.</param>
/// <param name="Name">For whoever asks why.</param>
internal sealed record Cap(int Count, long WindowMs, ulong Offer, uint Placement, uint Channel, bool PerOffer, string Name)
{
    /// <summary>Whether it caps such an impression at all.</summary>
    public bool IsAbout(in Impression wanted) => IsScope(in wanted);

    /// <summary>Whether what was shown counts against what is wanted.</summary>
    public bool Counts(in Impression shown, in Impression wanted) => IsScope(in shown) && (!PerOffer || shown.Offer == wanted.Offer);

    private bool IsScope(in Impression of) =>
        (Offer == 0 || Offer == of.Offer) && (Placement == 0 || Placement == of.Placement) && (Channel == 0 || Channel == of.Channel);
}
