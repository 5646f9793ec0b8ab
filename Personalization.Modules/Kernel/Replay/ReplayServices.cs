using Microsoft.Extensions.DependencyInjection;

namespace Personalization.Kernel.Replay;

/// <summary>
/// What this program is made of: the descriptors that the host builds its container from. A replay builds a second container from the same
/// ones, so stages and options of the embedding program are in it too, and nothing can be forgotten.
/// </summary>
internal sealed record ReplayServices(IServiceCollection All);

/// <summary>
/// What stands in a replay in place of a service that reaches outside: that writes to files of the installation, tells others, or
/// measures. Registered by the module that owns the service.
/// </summary>
/// <param name="Service">The type that others ask for.</param>
/// <param name="Create">What they get instead; null when they can do without.</param>
internal sealed record ReplayReplacement(Type Service, Func<IServiceProvider, object>? Create = null);

/// <summary>
/// A type of which each replay needs its own, registered by the module that calls it on the path of the events. One that the embedding program
/// has registered as an object cannot be had twice, and a replay through it would be applied to the running instance.
/// </summary>
internal sealed record ReplayedPart(Type Service);

/// <summary>In which order events reach what all profiles share.</summary>
/// <param name="IsOfTheLog">Whether in that of the log, so that a replay comes to the same.</param>
internal sealed record StageOrder(bool IsOfTheLog);
