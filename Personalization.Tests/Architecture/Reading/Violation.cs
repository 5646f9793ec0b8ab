namespace Personalization.Tests.Architecture.Reading;

/// <summary>A broken rule: the member it was found in, what is wrong there, and what to do instead.</summary>
internal sealed record Violation(string Where, string What, string Instead)
{
    public override string ToString() => $"{Where}: {What}. Instead: {Instead}";
}
