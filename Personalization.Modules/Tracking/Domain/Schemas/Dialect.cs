namespace Personalization.Tracking.Domain.Schemas;

/// <summary>Which of the standard's vocabularies a schema uses; what its meta-schema leaves out is not looked at.</summary>
[Flags]
internal enum Dialect
{
    Core = 1,
    Applicator = 2,
    Unevaluated = 4,
    Validation = 8,
    All = Core | Applicator | Unevaluated | Validation,
}

/// <summary>The vocabularies of draft 2020-12 by their address.</summary>
internal static class Vocabularies
{
    private const string Prefix = "https://json-schema.org/draft/2020-12/vocab/";

    /// <summary>Null for a vocabulary that is not known here.</summary>
    public static Dialect? Find(string uri) => uri switch
    {
        Prefix + "core" => Dialect.Core,
        Prefix + "applicator" => Dialect.Applicator,
        Prefix + "unevaluated" => Dialect.Unevaluated,
        Prefix + "validation" => Dialect.Validation,
        Prefix + "meta-data" or Prefix + "format-annotation" or Prefix + "content" => Dialect.Core,
        _ => null,
    };
}
