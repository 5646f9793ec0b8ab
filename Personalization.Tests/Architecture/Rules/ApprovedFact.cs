namespace Personalization.Tests.Architecture.Rules;

/// <summary>
/// A fact and who hears it, by names below the root namespace. A fact that nobody inside the product handles says why it is
/// published all the same.
/// </summary>
internal sealed record ApprovedFact(string Fact, IReadOnlyList<string> Handlers, string? WhyNobody = null);
