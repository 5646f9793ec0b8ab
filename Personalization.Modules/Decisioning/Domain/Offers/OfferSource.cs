using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain.Offers;

/// <summary>Stands for the offers in a plan of parts, so that what is published names them. They are chosen by <see cref="ChooseOffersStep"/>, for they are no items.</summary>
internal sealed class OfferSource : ICandidateSource
{
    public void Propose(DecisionContext context)
    {
        // Offers have no numbers of items, and are not proposed but promised.
    }

    public PartDescription Describe() => new(
        "offers", "Offers and content that are meant for the shopper: those that the shop finds most important, among equals those that are clicked most, with some chance for those of which little is known.", UsesProfile: true);
}
