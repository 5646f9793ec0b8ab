namespace Personalization.Kernel.Privacy;

/// <summary>How long something is kept: registered by the module that keeps it, for the record of processing (GDPR, Art. 30(1)(f)).</summary>
/// <param name="Store">Where it is kept, as a file or as the name of an <see cref="IPersonalDataStore"/>.</param>
/// <param name="Data">What it is, in plain words.</param>
/// <param name="Days">Days after which it goes by itself; null when it stays until it is erased.</param>
/// <param name="Option">The option that says so, below <c>Personalization</c>; null when none does.</param>
public sealed record RetentionRule(string Store, string Data, double? Days = null, string? Option = null);
