namespace Personalization.Decisioning.Domain.Trees;

/// <summary>A ranked answer in which something was clicked.</summary>
/// <param name="Candidates">All that the ranker chose from.</param>
/// <param name="Shown">Those that were answered.</param>
/// <param name="Clicked">The first item that something came of.</param>
internal sealed record ClickedAnswer(TreeQuestion Candidates, TreeQuestion Shown, int Clicked);

/// <summary>What people clicked of ranked answers: what versions of models that were trained elsewhere are asked.</summary>
internal interface IClickedAnswers
{
    /// <summary>The newest first, of those who let models be taught.</summary>
    /// <param name="placements">Whose answers.</param>
    /// <param name="most">Answers.</param>
    /// <param name="cancellationToken">Asked for every answer.</param>
    IEnumerable<ClickedAnswer> Newest(IReadOnlySet<string> placements, int most, CancellationToken cancellationToken);
}
