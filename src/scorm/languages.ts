/** ISO 639-1, two letters each, with the retired codes that courses still use. */
const two =
  'aaabaeafakamanarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofrfyga' +
  'gdglgngugvhahehihohrhthuhyhziaidieigiiikinioisitiuiwjajijvkakgkikjkkklkmknkokrkskukvkwkylalblglilnlo' +
  'ltlulvmgmhmimkmlmnmomrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgshsisksl' +
  'smsnsosqsrssstsusvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu';

/** ISO 639-2, three letters each: terminological, bibliographic and retired ones. */
const three =
  'aarabkaceachadaadyafaafhafrainakaakkalbalealgaltamhanganpapaaraarcargarmarnarpartarwasmastathausava' +
  'aveawaaymazebadbaibakbalbambanbaqbasbatbejbelbembenberbhobihbikbinbisblabntbodbosbrabrebtkbuabugbul' +
  'burbyncadcaicarcatcaucebcelceschachbchechgchichkchmchnchochpchrchuchvchycmccnrcopcorcoscpecpfcppcre' +
  'crhcrpcsbcuscymczedakdandardaydeldendeudgrdindivdoidradsbduadumdutdyudzoefiegyekaellelxengenmepoest' +
  'euseweewofanfaofasfatfijfilfinfiufonfrafrefrmfrofrrfrsfryfulfurgaagaygbagemgeogergezgilglagleglgglv' +
  'gmhgohgongorgotgrbgrcgregrngswgujgwihaihathauhawhebherhilhimhinhithmnhmohrvhsbhunhuphyeibaiboiceido' +
  'iiiijoikuileiloinaincindineinhipkirairoislitajavjbojpnjprjrbkaakabkackalkamkankarkaskatkaukawkazkbd' +
  'khakhikhmkhokikkinkirkmbkokkomkonkorkoskpekrckrlkrokrukuakumkurkutladlahlamlaolatlavlezlimlinlitlol' +
  'lozltzlualublugluilunluolusmacmadmagmahmaimakmalmanmaomapmarmasmaymdfmdrmenmgamicminmismkdmkhmlgmlt' +
  'mncmnimnomohmolmonmosmrimsamulmunmusmwlmwrmyamynmyvnahnainapnaunavnblndendondsnepnewnianicniunldnno' +
  'nobnognonnornqonsonubnwcnyanymnynnyonziociojioriormosaossotaotopaapagpalpampanpappaupeoperphiphnpli' +
  'polponporprapropusquerajraprarroarohromronrumrunruprussadsagsahsaisalsamsansassatsccscnscoscrselsem' +
  'sgasgnshnsidsinsiositslaslksloslvsmasmesmismjsmnsmosmssnasndsnksogsomsonsotspasqisrdsrnsrpsrrssassw' +
  'suksunsussuxswaswesycsyrtahtaitamtatteltemtertettgktglthatibtigtirtivtkltlhtlitmhtogtontpitsitsntso' +
  'tuktumtupturtuttvltwityvudmugauigukrumbundurduzbvaivenvievolvotwakwalwarwaswelwenwlnwolxalxhoyaoyap' +
  'yidyorypkzapzblzenzghzhazhozndzulzunzxxzza';

const known = new Set(['i', 'x', ...slices(two, 2), ...slices(three, 3)]);
/** ISO 639-2 leaves these to whoever needs one. */
const local = /^q[a-t][a-z]$/;

function slices(text: string, size: number): string[] {
  return Array.from({ length: text.length / size }, (_, i) => text.slice(i * size, (i + 1) * size));
}

/**
 * A language_type (RTE 4.1.1.6, RFC 3066): an ISO 639 code, `i` or `x`, and subtags of up to eight letters or digits. A table, not Intl: browser and server must agree whatever data they were built with.
 */
export function isLanguage(tag: string): boolean {
  const [primary = '', ...rest] = tag.toLowerCase().split('-');
  if (!known.has(primary) && !local.test(primary)) return false;
  return rest.every((subtag) => subtag.length >= 1 && subtag.length <= 8 && isAlphanumeric(subtag));
}

function isAlphanumeric(text: string): boolean {
  for (const c of text) if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return false;
  return true;
}
